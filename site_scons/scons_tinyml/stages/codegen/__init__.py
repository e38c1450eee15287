"""The C sources of a planned network."""
