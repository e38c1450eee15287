"""Base classes and rules that several operators share. Each operator is a file of `operators/` and imports from here.

`base.py`       the interface of an operator, and the C values that kernels get
`tensors.py`    checks of tensors: how many, type, rank, shape, values of constants
`quantization/` scales, zero points and fixed point; fused activations as a range of integers
`elementwise/`  one result for each value, or for each pair of values of inputs that may repeat
`tables/`       functions of one value as tables
`moving/`       values of one tensor in another order or place, not looked at
`reducing/`     work along axes: sums, extremes, their places, rows
`windows/`      convolutions, pooling, and weights with a bias

Nothing here imports an operator.
"""
