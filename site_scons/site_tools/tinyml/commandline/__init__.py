"""Options and words of the command line."""
