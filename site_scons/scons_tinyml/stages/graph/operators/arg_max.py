"""ARG_MAX: where the largest value lies along an axis, the first one of several."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.reducing.arg_extreme import ArgExtreme


class ArgMax(ArgExtreme):
    """A NaN is larger and smaller than nothing: one in the first place stays the result."""

    name = "ARG_MAX"
    largest = True


OPERATOR = ArgMax()
