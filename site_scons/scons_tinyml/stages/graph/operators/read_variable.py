"""READ_VARIABLE: what the network remembers, copied to where layers may use it up."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.moving.state_copy import StateCopy


class ReadVariable(StateCopy):
    """The variable is copied to the output as it is."""

    name = "READ_VARIABLE"
    input_names = ("variable",)


OPERATOR = ReadVariable()
