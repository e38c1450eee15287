"""Nodes of a build: what is made of what, by which stage."""
