"""Rewrites of the typed graph: the oracle runs the file without them, and proves that outputs stay equal."""
