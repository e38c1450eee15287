"""Base of operators of one input: the output has its shape and type, one result per value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray, CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.scales import check_scaled
from scons_tinyml.stages.graph.families.tensors import check_counts, check_shape, one_type
from scons_tinyml.stages.graph.families.windows.axis import WindowAxis, single_pixels
from scons_tinyml.stages.graph.ir import LayerView


class Unary(Operator):
    """output = f(input), value by value."""

    input_names: ClassVar[tuple[str, ...]] = ("input",)
    types: ClassVar[tuple[NumberType, ...]] = ("float32",)
    """Types of the kernels."""

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names)
        if problems:
            return problems
        source, output = view.input(0), view.output()
        if source.type == output.type and source.type not in self.types:
            return [f"input and output are {source.type}, expected {' or '.join(self.types)}"]
        return [
            *check_shape(output, "output", source.shape),
            *check_scaled(source, "input"),
            *check_scaled(output, "output"),
        ] or self._check_values(view)

    def _check_values(self, view: LayerView) -> list[str]:  # noqa: ARG002
        """Return the problems of options, scales and zero points; called when all tensors are present."""
        return []

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return one_type(self.types, view.input(0), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of values."""
        return {"size": view.input(0).elements}

    def image_window(self, view: LayerView) -> tuple[WindowAxis, WindowAxis] | None:
        """Return a window of one pixel."""
        return single_pixels(view)

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_<computation>_<type>_params`."""
        fields = {"size": view.input(0).elements, **self._value_fields(view)}
        return CStruct(f"tinyml_{self.computation(view).lower()}_{self.number_type(view)}_params", fields)

    def _value_fields(self, view: LayerView) -> Mapping[str, int | float | CArray]:  # noqa: ARG002
        """Return the fields of the parameter struct after the size."""
        return {}
