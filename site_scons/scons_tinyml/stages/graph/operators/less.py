"""LESS: true where input 1 is less than input 2."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.comparison import LESS, Comparison


class Less(Comparison):
    """True where input 1 is less than input 2."""

    name = "LESS"
    answers = LESS


OPERATOR = Less()
