"""Functions of one value that quantized layers have as tables."""
