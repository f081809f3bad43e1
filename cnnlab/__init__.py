"""CNN Lab: how a convolutional neural network works, live in the browser."""
