"""Judge an image: a report of all figures, findings against the limits.

Publish images only when they pass.
"""
