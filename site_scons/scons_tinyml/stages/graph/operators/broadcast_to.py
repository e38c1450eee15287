"""BROADCAST_TO: axes of length 1, and missing leading axes, repeated to a constant shape."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.families.moving.loops import Loop, dense_strides
from scons_tinyml.stages.graph.families.moving.strided_copy import StridedCopy
from scons_tinyml.stages.graph.families.tensors import integers
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView

_MAX_RANK = 5


class BroadcastTo(StridedCopy):
    """The rules are those of broadcasting with a shape that does not change."""

    name = "BROADCAST_TO"
    input_names = ("input", "shape")
    folded_inputs = (1,)
    types = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")

    def _check_options(self, view: LayerView) -> list[str]:
        shape, wanted = view.input(0).shape, integers(view.input(1))
        if len(wanted) > _MAX_RANK:
            return [f"output has {len(wanted)} dimensions, expected at most {_MAX_RANK}"]
        ending = wanted[len(wanted) - len(shape) :] if len(shape) <= len(wanted) else ()
        fits = [length in (1, target) for length, target in zip(shape, ending, strict=False)]
        if len(shape) > len(wanted) or not all(fits) or min(wanted, default=1) < 1:
            return [f"input of the shape {list(shape)} cannot be broadcast to {list(wanted)}"]
        return []

    def _output_shape(self, view: LayerView) -> Sequence[int]:
        return integers(view.input(1))

    def _loops(self, view: LayerView) -> Sequence[Loop]:
        source, target = view.input(0), view.output().shape
        missing = len(target) - len(source.shape)
        strides = dense_strides(source.shape, ITEM_BYTES[source.type])
        moving = [stride if n > 1 else 0 for n, stride in zip(source.shape, strides, strict=True)]
        return list(map(Loop, target, (*(0,) * missing, *moving)))


OPERATOR = BroadcastTo()
