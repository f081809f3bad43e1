"""The output size as a formula with its numbers."""


def formula(n: int, padding: int, dilation: int, kernel: int, stride: int) -> str:
    """⌊(n + 2p − d(k − 1) − 1)/s⌋ + 1 with its numbers; what is 1 or 0 everywhere is left out."""
    padded = f"{n} + 2·{padding}"
    taken = str(kernel) if dilation == 1 else f"({dilation}·({kernel} − 1) + 1)"
    return f"⌊({padded} − {taken})/{stride}⌋ + 1"
