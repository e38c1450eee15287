"""Subcommands of `tinyml costs`: one file each; what it is called is what it is asked for by."""
