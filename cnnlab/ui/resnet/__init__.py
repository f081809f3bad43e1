"""The lesson on ResNet: its controls, views and questions."""
