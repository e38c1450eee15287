"""Answers about the choice of kernels: what else there is to choose, and why one layer runs what it runs."""
