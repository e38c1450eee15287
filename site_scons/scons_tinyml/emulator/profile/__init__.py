"""Where the cycles of a run went: counts, sums over functions and lines, and the files that show them."""
