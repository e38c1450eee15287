"""Rewrites of a network, each in a file of its own. `order.py` lists all of them in the order in which they run.

`model/` rewrites the TensorFlow Lite model, before the oracle and the reader get it: both see the result.
`graph/` rewrites the typed graph, after the file was read: the oracle still runs the file as it is.
"""
