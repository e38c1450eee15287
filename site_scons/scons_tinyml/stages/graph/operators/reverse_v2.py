"""REVERSE_V2: reverse some axes of a tensor, given by a constant second input."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.families.moving.loops import Loop, check_moved_type, dense_strides
from scons_tinyml.stages.graph.families.moving.strided_copy import StridedCopy
from scons_tinyml.stages.graph.families.tensors import integers
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView


class ReverseV2(StridedCopy):
    """The last value along a reversed axis comes first.

    TensorFlow's converter may give input and output different scales, as in bidirectional layers. Both
    oracles copy the integers unchanged, which costs accuracy, and so do our kernels.
    """

    name = "REVERSE_V2"
    input_names = ("input", "axis")
    folded_inputs = (1,)
    types = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")
    constant_types = ("int32",)

    def _check_moved(self, view: LayerView) -> list[str]:
        return check_moved_type(view.input(0), view.output(), self.types)

    def _check_options(self, view: LayerView) -> list[str]:
        rank, axes = len(view.input(0).shape), integers(view.input(1))
        named = _reversed(view)
        if len(named) != len(axes) or not all(-rank <= axis < rank for axis in axes):
            return [f"axes {list(axes)} do not name dimensions of {rank}, each at most once"]
        if named and max(named) - min(named) >= len(named):
            return [f"axes {sorted(named)} are not neighbours, as TensorFlow Lite needs them"]
        return []

    def _output_shape(self, view: LayerView) -> Sequence[int]:
        return view.input(0).shape

    def _loops(self, view: LayerView) -> Sequence[Loop]:
        reversed_axes = _reversed(view)
        return [
            Loop(axis.length, -axis.stride if place in reversed_axes else axis.stride)
            for place, axis in enumerate(_forwards(view))
        ]

    def _offset(self, view: LayerView) -> int:
        axes = _forwards(view)
        return sum((axes[place].length - 1) * axes[place].stride for place in _reversed(view))


def _forwards(view: LayerView) -> list[Loop]:
    source = view.input(0)
    strides = dense_strides(source.shape, ITEM_BYTES[source.type])
    return [Loop(length, stride) for length, stride in zip(source.shape, strides, strict=True)]


def _reversed(view: LayerView) -> set[int]:
    rank = len(view.input(0).shape)
    return {axis + rank if axis < 0 else axis for axis in integers(view.input(1))}


OPERATOR = ReverseV2()
