"""Functions of one value, computed by tables in quantized layers."""
