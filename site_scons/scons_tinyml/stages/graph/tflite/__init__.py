"""Files in the TensorFlow Lite format: read with bounds, as tables that are rewritten, and as a typed graph."""
