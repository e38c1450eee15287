"""CONCATENATION: tensors joined along an existing axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from scons_tinyml.stages.graph.families.moving.runs import Runs
from scons_tinyml.stages.graph.ir import LayerView, Tensor, TensorType

_MAX_INPUTS = 10


class Concatenation(Runs):
    """All inputs have the quantization of the output: nothing is scaled."""

    name = "CONCATENATION"
    input_names = ("input",)
    lists_inputs = True
    part_role = "input"
    types: ClassVar[tuple[TensorType, ...]] = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")
    litert_types = ("uint8",)

    def _check_tensors(self, view: LayerView) -> list[str]:
        if not view.layer.inputs or None in view.layer.inputs:
            return ["an input is missing"]
        if len(view.layer.outputs) != 1:
            return [f"has {len(view.layer.outputs)} outputs, expected 1"]
        return self._check_options(view)

    def _check_options(self, view: LayerView) -> list[str]:
        count, activation = len(view.layer.inputs), view.option_text("fused_activation_function")
        if count > _MAX_INPUTS:
            return [f"has {count} inputs, expected at most {_MAX_INPUTS}"]
        if activation != "NONE":
            return [f"has the fused activation {activation}, expected NONE"]
        points = view.output().quantization
        if view.output().type == "int16" and points and any(points.zero_points):
            return [f"output is int16 with the zero point {points.zero_points[0]}, expected 0"]
        return []

    def _whole(self, view: LayerView) -> Tensor:
        return view.output()

    def _parts(self, view: LayerView) -> Sequence[Tensor]:
        return [view.input(position) for position in range(len(view.layer.inputs))]

    def _given_axis(self, view: LayerView) -> int:
        return view.option_int("axis")


OPERATOR = Concatenation()
