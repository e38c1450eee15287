"""EQUAL: true where two values are the same."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.comparison import SAME, Equality


class Equal(Equality):
    """Numbers and truth values."""

    name = "EQUAL"
    answers = SAME
    truth = 0b1001


OPERATOR = Equal()
