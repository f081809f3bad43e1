"""The lesson on famous architectures: its setting, its views, and what closes it."""
