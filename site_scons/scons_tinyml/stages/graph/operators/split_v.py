"""SPLIT_V: a tensor divided along an axis into parts of the lengths in a constant second input."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.tensors import integers
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.split import Split

_THE_REST = -1


class SplitV(Split):
    """The lengths only repeat the shapes of the outputs; one of them may be -1."""

    name = "SPLIT_V"
    computes = "SPLIT"
    input_names = ("input", "size_splits", "axis")
    folded_inputs = (1, 2)
    axis_position = 2
    typed_input = 0

    def _check_parts(self, view: LayerView) -> list[str]:
        lengths, axis = integers(view.input(1)), self._given_axis(view)
        parts = self._parts(view)
        if len(lengths) != len(parts):
            return [f"has {len(parts)} outputs for {len(lengths)} lengths"]
        return [
            f"output {position} has the shape {list(part.shape)}, expected {length} along axis {axis}"
            for position, (part, length) in enumerate(zip(parts, lengths, strict=True))
            if not -len(part.shape) <= axis < len(part.shape) or length not in (part.shape[axis], _THE_REST)
        ]


OPERATOR = SplitV()
