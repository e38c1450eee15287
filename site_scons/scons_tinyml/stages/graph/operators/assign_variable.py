"""ASSIGN_VARIABLE: what the network is to remember, copied out of the arena."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.moving.state_copy import StateCopy


class AssignVariable(StateCopy):
    """The value is copied to the variable as it is."""

    name = "ASSIGN_VARIABLE"
    input_names = ("value",)


OPERATOR = AssignVariable()
