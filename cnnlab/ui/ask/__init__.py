"""What the questions of several lessons share: settings in words, sizes, and which are asked."""
