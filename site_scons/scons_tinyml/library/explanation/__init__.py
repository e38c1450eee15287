"""Explanation of a build: what holds the network back on the chip, and the cheapest ways out."""
