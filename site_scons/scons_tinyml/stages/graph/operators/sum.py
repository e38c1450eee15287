"""SUM: values along the axes in a constant second input, added up: a MEAN that divides by 1."""

from __future__ import annotations

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.mean import Mean


class Sum(Mean):
    """Shares the kernels of MEAN."""

    name = "SUM"
    computes = "MEAN"

    def divisor(self, view: LayerView) -> int:  # noqa: ARG002
        """1: a sum stays as it is."""
        return 1


OPERATOR = Sum()
