"""Layers of a quantized network beside those of its float version: ranges, noise, causes, and what would help."""
