"""Trials of `scons explore`: a variant of a model, asked whether it can fit, trained, quantized and evaluated."""
