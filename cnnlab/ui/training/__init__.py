"""The training lesson: its controls, its views, and what a browser may do with a run."""
