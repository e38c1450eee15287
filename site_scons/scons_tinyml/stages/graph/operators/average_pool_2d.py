"""AVERAGE_POOL_2D: mean of each window over the pixels that lie inside of the image."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.windows.pooling import Pooling


class AveragePool2D(Pooling):
    """Mean of each window. Means of integers are rounded to nearest, halves away from zero."""

    name = "AVERAGE_POOL_2D"


OPERATOR = AveragePool2D()
