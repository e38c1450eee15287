"""ARG_MIN: position of the smallest value along an axis, the first one of several."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.reducing.arg_extreme import ArgExtreme


class ArgMin(ArgExtreme):
    """A NaN compares as neither larger nor smaller: it is the result only in the first position."""

    name = "ARG_MIN"
    largest = False


OPERATOR = ArgMin()
