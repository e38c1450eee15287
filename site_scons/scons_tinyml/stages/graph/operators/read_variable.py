"""READ_VARIABLE: a state of the network copied to the arena, where layers may overwrite it."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.moving.state_copy import StateCopy


class ReadVariable(StateCopy):
    """The variable is copied to the output unchanged."""

    name = "READ_VARIABLE"
    input_names = ("variable",)


OPERATOR = ReadVariable()
