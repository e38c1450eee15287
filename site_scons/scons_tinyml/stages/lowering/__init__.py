"""Lowering: from a layer of the graph to the functions that can run it.

An `Implementation` says what code generation, measuring and linking need to know of one function on one layer. It comes
from a provider: `declared` reads the TOML files of a kernel set, `generators` runs the Python files beside them. All
that follows works with implementations and does not ask where they come from.
"""
