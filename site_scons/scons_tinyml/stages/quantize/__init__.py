"""A float Keras network as TensorFlow Lite files, with what quantization costs in accuracy."""
