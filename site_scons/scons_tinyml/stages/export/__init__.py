"""Exports: a network with its kernels as sources for the build systems of other people."""
