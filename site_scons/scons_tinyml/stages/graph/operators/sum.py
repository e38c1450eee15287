"""SUM: sums of values along the axes in a constant second input: a MEAN that divides by 1."""

from __future__ import annotations

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.mean import Mean


class Sum(Mean):
    """Shares the kernels of MEAN."""

    name = "SUM"
    computes = "MEAN"

    def divisor(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 1: the sum is not divided."""
        return 1


OPERATOR = Sum()
