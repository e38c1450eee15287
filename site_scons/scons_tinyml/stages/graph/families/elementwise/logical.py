"""Base of LOGICAL_AND and LOGICAL_OR: a function of two truth values as a table of four bits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from scons_tinyml.stages.graph.families.elementwise.binary import Binary
from scons_tinyml.stages.graph.ir import LayerView


class Logical(Binary):
    """A function of truth values: bool, one byte each, 0 or 1."""

    computes = "LOGICAL"
    types = ("bool",)
    truth: ClassVar[int]
    """Bit 2 * x + y is the result for the truth values x and y."""

    def _value_fields(self, view: LayerView) -> Mapping[str, int | float]:  # noqa: ARG002
        return {"truth": self.truth}
