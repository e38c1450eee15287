"""Scales and zero points as integers of fixed point, and the arithmetic of kernels with them."""
