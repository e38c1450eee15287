"""Judging an image: a report of all figures, findings against the limits, and images only when it passes."""
