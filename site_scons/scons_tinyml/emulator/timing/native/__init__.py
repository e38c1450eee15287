"""Native half of the timing models: compiled by numba on first use, cached on disk, called by Unicorn."""
