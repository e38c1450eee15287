"""LESS_EQUAL: true where input 1 is not greater than input 2."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.comparison import LESS, SAME, Comparison


class LessEqual(Comparison):
    """True where input 1 is not greater than input 2."""

    name = "LESS_EQUAL"
    answers = LESS | SAME


OPERATOR = LessEqual()
