"""Explanations of the choice of kernels: its alternatives, and the reasons for one layer."""
