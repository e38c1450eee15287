"""Knowledge of each channel of int8 activations: the values that it can have, and whether anything needs it.

A channel is a position on the last axis. `products` reads layers that are sums of products, `ranges` goes through a
network from its inputs on, `needs` from its outputs back.
"""
