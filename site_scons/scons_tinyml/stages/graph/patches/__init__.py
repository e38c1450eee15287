"""Inference patch by patch: a patch is some rows of an image, computed through several layers before the next patch.

Images between these layers are then never whole in memory. Neighbouring patches compute some rows twice.
`rows` has the rows that a patch needs, `regions` the layers that can run so, `split` rewrites the graph.
"""
