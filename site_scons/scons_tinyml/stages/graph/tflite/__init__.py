"""TensorFlow Lite files: read with bounds checks, as mutable tables, and as a typed graph."""
