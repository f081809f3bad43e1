"""Records of a training as Plotly figures: plain dicts, which are quick to build and to send."""
