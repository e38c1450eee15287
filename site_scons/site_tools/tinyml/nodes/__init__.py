"""Nodes of a build: artefacts, their dependencies, and the stages that make them."""
