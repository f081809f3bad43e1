"""PyTorch's side of a network: modules built from an `Architecture`, and files of weights."""
