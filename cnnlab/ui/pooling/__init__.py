"""The lesson on pooling: its controls, views and questions."""
