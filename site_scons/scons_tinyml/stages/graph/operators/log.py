"""LOG: natural logarithm of each value."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.unary import Unary


class Log(Unary):
    """As the C library rounds it; NaN for negative values."""

    name = "LOG"


OPERATOR = Log()
