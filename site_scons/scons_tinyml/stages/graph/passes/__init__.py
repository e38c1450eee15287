"""Rewrites of a network, each in its own file. `order.py` lists all of them in execution order.

`model/` rewrites the TensorFlow Lite model before the oracle and the reader get it: both see the result.
`graph/` rewrites the typed graph after the file was read: the oracle still runs the original file.
"""
