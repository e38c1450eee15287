"""NOT_EQUAL: true where two values differ."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.comparison import GREATER, LESS, UNORDERED, Equality


class NotEqual(Equality):
    """Numbers and truth values; a NaN differs from everything."""

    name = "NOT_EQUAL"
    answers = LESS | GREATER | UNORDERED
    truth = 0b0110


OPERATOR = NotEqual()
