"""Tools of generators: an assembler of functions for Thumb-2, one of blocks for Armv6-M, and arithmetic that is proven for a layer.

`docs/generated-kernels.md` has an example.
"""
