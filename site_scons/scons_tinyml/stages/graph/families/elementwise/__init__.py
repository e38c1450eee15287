"""Operators with one result for each value, or for each pair of values."""
