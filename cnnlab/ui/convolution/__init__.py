"""The convolution lesson: its settings, views and questions, and what stands below the stage."""
