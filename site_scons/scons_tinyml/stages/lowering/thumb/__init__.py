"""Tools of generators: assemblers of functions for Thumb-2 and of blocks for Armv6-M, and arithmetic that is proven.

`docs/generated-kernels.md` has an example.
"""
