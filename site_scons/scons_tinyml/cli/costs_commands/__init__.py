"""Subcommands of `tinyml costs`: one file each, whose name is that of the command."""
