"""Which kernels can run a network, and what they are made of."""
