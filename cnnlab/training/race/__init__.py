"""The degradation race: plain and residual networks of several depths, trained side by side."""
