"""Operators that copy values of a tensor to another order or place, independent of the values."""
