"""The convolution lesson: its settings, its views, its questions, and what stands below the stage."""
