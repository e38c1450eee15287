"""Rewrites of the TensorFlow Lite model. The oracle runs the rewritten model too."""
