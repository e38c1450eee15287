"""Cycle profile of a run: counts, sums over functions and lines, and the files that show them."""
