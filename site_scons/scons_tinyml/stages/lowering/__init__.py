"""Lowering: from a layer of the graph to the functions that can run it.

An `Implementation` describes one function on one layer for code generation, measuring and linking. It comes
from a provider: `declared` reads the TOML files of a kernel set, `generators` runs the Python files beside
them. Later stages work with implementations from any provider.
"""
