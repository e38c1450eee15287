"""Base of SOFTMAX and LOG_SOFTMAX: rows of values along the last dimension."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.base import Operator
from scons_tinyml.stages.graph.families.tensors import check_counts
from scons_tinyml.stages.graph.ir import LayerView

INTEGER_BITS = 5
"""Differences from the maximum are Q5.26: values more than 32 below it have no effect on the result."""

LARGEST_MULTIPLIER = 2.0**31 - 1

LARGEST_INT8_ROW = 4095
"""The sum of exponentials of at most 1 is Q12.19."""


class Rows(Operator):
    """An operator on each row of its only input."""

    input_names = ("input",)

    def _check_rows(self, view: LayerView) -> list[str]:
        """Return problems with the input; checked first."""
        problems = check_counts(view, self.input_names)
        if problems:
            return problems
        shape = view.input(0).shape
        return (
            []
            if shape and 0 not in shape
            else [f"input has the shape {list(shape)}, expected rows of values"]
        )

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number and length of the rows."""
        row_size = view.input(0).shape[-1]
        return {"rows": view.input(0).elements // row_size, "row_size": row_size}

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: exponentials count no multiply-accumulates."""
        return 0
