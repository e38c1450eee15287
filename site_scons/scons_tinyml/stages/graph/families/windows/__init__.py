"""Operators that slide a window over an image, and those that have weights and a bias."""
