"""TOPK_V2: the largest values of each row, and where they are; of equal values the first."""

from __future__ import annotations

from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.scales import check_same_quantization
from scons_tinyml.stages.graph.families.tensors import (
    check_integers,
    check_present,
    check_shape,
    integers,
    one_type,
)
from scons_tinyml.stages.graph.ir import LayerView


class TopkV2(Operator):
    """TensorFlow Lite Micro lacks the operator."""

    name = "TOPK_V2"
    input_names = ("input", "count")
    folded_inputs = (1,)
    types: ClassVar[tuple[NumberType, ...]] = ("int8", "int16", "int32", "float32")
    litert_types = ("int8", "int16", "int32", "float32")

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        if len(view.layer.outputs) != 2:
            return [f"has {len(view.layer.outputs)} outputs, expected 2"]
        problems = check_present(view, self.input_names)
        return problems or check_integers(view.input(1), "count", ("int32",)) or self._check_tensors(view)

    @staticmethod
    def _check_tensors(view: LayerView) -> list[str]:
        source, values, positions = view.input(0), view.output(), view.output(1)
        if not source.shape or 0 in source.shape:
            return [f"input has the shape {list(source.shape)}, expected rows of values"]
        if view.input(1).elements != 1:
            return [f"count has {view.input(1).elements} values, expected 1"]
        (count,) = integers(view.input(1))
        if not 1 <= count <= source.shape[-1]:
            return [f"count is {count}, expected 1 to {source.shape[-1]}, the values of a row"]
        if positions.type != "int32":
            return [f"positions are {positions.type}, expected int32"]
        expected = (*source.shape[:-1], count)
        return [
            *check_shape(values, "values", expected),
            *check_shape(positions, "positions", expected),
        ] or check_same_quantization(source, values, "input and values")

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the values."""
        return one_type(self.types, view.input(0), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number and length of the rows, and of the values that are looked for."""
        row_size = view.input(0).shape[-1]
        rows = view.input(0).elements // row_size
        return {"rows": rows, "row_size": row_size, "count": integers(view.input(1))[0]}

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_topk_v2_<type>_params`."""
        return CStruct(f"tinyml_topk_v2_{self.number_type(view)}_params", self.attributes(view))


OPERATOR = TopkV2()
