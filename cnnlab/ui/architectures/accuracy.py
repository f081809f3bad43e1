"""Published accuracy against parameters and against work."""

from cnnlab.ui import lesson


def view() -> None:
    """Both charts, and where the numbers come from."""
    lesson.line("accuracy")
