"""MNIST, sample photographs, and the one safe decoder for anything uploaded."""
