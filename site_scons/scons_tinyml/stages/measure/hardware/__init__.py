"""The trials of a network measured on a real board: images that talk over a serial port, and who listens to them."""
