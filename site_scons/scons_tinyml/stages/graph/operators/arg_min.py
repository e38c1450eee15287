"""ARG_MIN: where the smallest value lies along an axis, the first one of several."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.reducing.arg_extreme import ArgExtreme


class ArgMin(ArgExtreme):
    """A NaN is larger and smaller than nothing: one in the first place stays the result."""

    name = "ARG_MIN"
    largest = False


OPERATOR = ArgMin()
