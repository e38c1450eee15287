"""Kernels that can run a network, and their source files."""
