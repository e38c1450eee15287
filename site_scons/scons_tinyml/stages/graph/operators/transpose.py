"""TRANSPOSE: permute the axes of a tensor; a constant second input gives the permutation."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.families.moving.loops import Loop, dense_strides
from scons_tinyml.stages.graph.families.moving.strided_copy import StridedCopy
from scons_tinyml.stages.graph.families.tensors import integers
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView

_MAX_RANK = 5


class Transpose(StridedCopy):
    """Axis i of the output is axis `permutation[i]` of the input."""

    name = "TRANSPOSE"
    input_names = ("input", "permutation")
    folded_inputs = (1,)
    types = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")
    litert_types = ("uint8", "int32", "int64", "bool")
    constant_types = ("int32",)

    def _check_options(self, view: LayerView) -> list[str]:
        rank, order = len(view.input(0).shape), integers(view.input(1))
        if rank > _MAX_RANK:
            return [f"input has {rank} dimensions, expected at most {_MAX_RANK}"]
        if sorted(order) != list(range(rank)):
            return [f"permutation {list(order)} does not name each of {rank} dimensions once"]
        return []

    def _output_shape(self, view: LayerView) -> Sequence[int]:
        return [view.input(0).shape[axis] for axis in integers(view.input(1))]

    def _loops(self, view: LayerView) -> Sequence[Loop]:
        source = view.input(0)
        strides = dense_strides(source.shape, ITEM_BYTES[source.type])
        return [Loop(source.shape[axis], strides[axis]) for axis in integers(view.input(1))]


OPERATOR = Transpose()
