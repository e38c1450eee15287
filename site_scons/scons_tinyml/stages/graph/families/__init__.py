"""Base classes and rules that several operators share.

Each operator is a file of `operators/` and imports from here. `base.py`       the interface of an operator,
and the C values that kernels get
`tensors.py`    checks of tensors: number, type, rank, shape, values of constants
`quantization/` scales, zero points and fixed point; fused activations as a range of integers
`elementwise/`  one result for each value, or for each pair of values of inputs that broadcast
`tables/`       functions of one value as tables
`moving/`       copies of values to another order or place, independent of the values
`reducing/`     work along axes: sums, extremes, their positions, rows
`windows/`      convolutions, pooling, and weights with a bias

Nothing here imports an operator.
"""
