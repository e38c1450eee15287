"""MAX_POOL_2D: largest value of each window."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.windows.pooling import Pooling


class MaxPool2D(Pooling):
    """Largest value of each window."""

    name = "MAX_POOL_2D"


OPERATOR = MaxPool2D()
