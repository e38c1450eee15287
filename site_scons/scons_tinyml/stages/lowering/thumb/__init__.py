"""Tools of generators: assembly for Thumb-2 and for Armv6-M, and arithmetic that is proven for a layer.

`docs/generated-kernels.md` has an example.
"""
