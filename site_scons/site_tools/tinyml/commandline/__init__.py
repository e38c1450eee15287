"""Options and queries of the command line."""
