"""Subcommands of `tinyml explore`: one file each, whose name is that of the command."""
