"""ARG_MAX: position of the largest value along an axis, the first one of several."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.reducing.arg_extreme import ArgExtreme


class ArgMax(ArgExtreme):
    """A NaN compares as neither larger nor smaller: it is the result only in the first position."""

    name = "ARG_MAX"
    largest = True


OPERATOR = ArgMax()
