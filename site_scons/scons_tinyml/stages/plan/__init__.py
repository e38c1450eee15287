"""Where the tensors of a network lie, and which kernel runs each layer."""
