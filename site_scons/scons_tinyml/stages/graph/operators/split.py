"""SPLIT: a tensor divided into equal parts along an axis, given by a constant first input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from scons_tinyml.stages.graph.families.moving.runs import Runs
from scons_tinyml.stages.graph.families.tensors import check_integers, check_present, integers
from scons_tinyml.stages.graph.ir import LayerView, Tensor, TensorType


class Split(Runs):
    """One output per part."""

    name = "SPLIT"
    input_names: ClassVar[tuple[str, ...]] = ("axis", "input")
    folded_inputs: ClassVar[tuple[int, ...]] = (0,)
    lists_outputs = True
    typed_input = 1
    part_role = "output"
    types: ClassVar[tuple[TensorType, ...]] = ("float32", "int8", "uint8", "int16", "int32", "int64")
    litert_types: ClassVar[tuple[TensorType, ...]] = ("uint8", "int64")
    axis_position: ClassVar[int] = 0
    """Position of the input that gives the axis."""

    def _check_tensors(self, view: LayerView) -> list[str]:
        problems = check_present(view, self.input_names) or [
            problem
            for position in self.folded_inputs
            for problem in check_integers(view.input(position), self.input_names[position])
        ]
        if problems:
            return problems
        if view.input(self.axis_position).elements != 1:
            return [f"axis has {view.input(self.axis_position).elements} values, expected 1"]
        return self._check_parts(view)

    def _check_parts(self, view: LayerView) -> list[str]:
        shapes = {part.shape for part in self._parts(view)}
        return [] if len(shapes) == 1 else [f"outputs have {len(shapes)} different shapes, expected one"]

    def _whole(self, view: LayerView) -> Tensor:
        return view.input(self.input_names.index("input"))

    def _parts(self, view: LayerView) -> Sequence[Tensor]:
        return [view.output(position) for position in range(len(view.layer.outputs))]

    def _given_axis(self, view: LayerView) -> int:
        return integers(view.input(self.axis_position))[0]


OPERATOR = Split()
