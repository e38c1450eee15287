"""Operators that work along axes."""
