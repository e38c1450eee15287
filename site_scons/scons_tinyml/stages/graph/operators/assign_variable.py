"""ASSIGN_VARIABLE: a value of the arena copied to a state of the network."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.moving.state_copy import StateCopy


class AssignVariable(StateCopy):
    """The value is copied to the variable unchanged."""

    name = "ASSIGN_VARIABLE"
    input_names = ("value",)


OPERATOR = AssignVariable()
