"""Stage that places the tensors of a network and chooses a kernel for each layer."""
