"""GREATER: true where input 1 is greater than input 2."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.comparison import GREATER, Comparison


class Greater(Comparison):
    """True where input 1 is greater than input 2."""

    name = "GREATER"
    answers = GREATER


OPERATOR = Greater()
