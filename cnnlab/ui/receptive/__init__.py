"""The lesson on the receptive field: its setting, its views, and what closes it."""
