"""A float Keras network as TensorFlow Lite files, with the accuracy loss of quantization."""
