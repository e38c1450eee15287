"""Rewrites of the TensorFlow Lite model: the oracle runs what they leave, so that they bind it as well."""
