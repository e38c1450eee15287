"""Tools of generators for cores with Thumb-2: an assembler of functions, and arithmetic that is proven for a layer.

`docs/generated-kernels.md` has an example.
"""
