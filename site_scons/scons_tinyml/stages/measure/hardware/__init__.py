"""Trials of a network on a real board: images that send results over a serial port, and their receiver."""
