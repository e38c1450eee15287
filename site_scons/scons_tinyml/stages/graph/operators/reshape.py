"""RESHAPE: the same values under another shape, at no cost."""

from __future__ import annotations

from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.scales import check_quantization, check_same_quantization
from scons_tinyml.stages.graph.families.tensors import check_counts
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView, TensorType


class Reshape(Operator):
    """The output tensor has the shape; the constant second input only repeats it."""

    name = "RESHAPE"
    input_names: ClassVar[tuple[str, ...]] = ("input", "shape")
    layout_only = True
    folded_inputs: ClassVar[tuple[int, ...]] = (1,)
    types: ClassVar[tuple[TensorType, ...]] = tuple(ITEM_BYTES)  # type: ignore[arg-type]

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names, required=1)
        if problems:
            return problems
        source, output = view.input(0), view.output()
        if source.elements != output.elements:
            return [f"turns {source.elements} values {list(source.shape)} into {list(output.shape)}"]
        problems = [*check_quantization(source, "input"), *check_quantization(output, "output")]
        return problems or check_same_quantization(source, output, "input and output")

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return 'any', as no kernel looks at the values; None when the types differ."""
        return "any" if view.input(0).type == view.output().type else None

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of values."""
        return {"size": view.input(0).elements}

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Not called: an operator that only changes the layout has no kernel."""
        raise LookupError(f"layer {view.layer.index} ({view.layer.operator}) has no kernel and no parameters")


OPERATOR = Reshape()
