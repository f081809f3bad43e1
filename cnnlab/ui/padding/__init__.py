"""The lesson on padding and stride: its controls, views, tables and questions."""
