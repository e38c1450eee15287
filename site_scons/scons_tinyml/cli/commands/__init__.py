"""Subcommands. The file's name is the command's, and the first line of its docstring its help.

A command has `add_arguments(parser)` and `run(options)`; it prints to stdout and raises TinymlError.
"""
