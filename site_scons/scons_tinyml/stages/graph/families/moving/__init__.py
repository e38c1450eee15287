"""Operators that put values of a tensor into another order or place, and do not look at them."""
