"""TILE: a tensor repeated along its axes; a constant second input gives the numbers of repetitions.

TensorFlow Lite Micro lacks it; TensorFlow Lite's reference kernel repeats the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.families.moving.loops import Loop, dense_strides
from scons_tinyml.stages.graph.families.moving.strided_copy import StridedCopy
from scons_tinyml.stages.graph.families.tensors import integers
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView


class Tile(StridedCopy):
    """Two loops per axis; the outer one has stride 0."""

    name = "TILE"
    input_names = ("input", "multiples")
    folded_inputs = (1,)
    types = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")
    litert_types = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")

    def _check_options(self, view: LayerView) -> list[str]:
        multiples, shape = integers(view.input(1)), view.input(0).shape
        if len(multiples) != len(shape) or min(multiples, default=1) < 1:
            return [f"multiples {list(multiples)} do not fit the input's shape {list(shape)}"]
        return []

    def _output_shape(self, view: LayerView) -> Sequence[int]:
        multiples, shape = integers(view.input(1)), view.input(0).shape
        return [length * times for length, times in zip(shape, multiples, strict=True)]

    def _loops(self, view: LayerView) -> Sequence[Loop]:
        source, multiples = view.input(0), integers(view.input(1))
        strides = dense_strides(source.shape, ITEM_BYTES[source.type])
        loops = zip(source.shape, strides, multiples, strict=True)
        return [axis for n, stride, times in loops for axis in (Loop(times, 0), Loop(n, stride))]


OPERATOR = Tile()
