"""Computations recorded step by step: engine results become a `Scene` that the stage plays."""
