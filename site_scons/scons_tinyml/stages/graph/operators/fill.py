"""FILL: a tensor of constant shape in which every value is the same one, which the network computes."""

from __future__ import annotations

from collections.abc import Sequence

from scons_tinyml.stages.graph.families.moving.loops import Loop, LoopNest, check_moved, loop_nest
from scons_tinyml.stages.graph.families.moving.strided_copy import StridedCopy
from scons_tinyml.stages.graph.families.tensors import check_rank, integers
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView


class Fill(StridedCopy):
    """The second input is copied to every place. A constant value is filled in when the file is read."""

    name = "FILL"
    input_names = ("shape", "value")
    folded_inputs = (0,)
    typed_input = 1
    types = ("float32", "int8", "int16", "int32", "int64", "bool")
    litert_types = ("int16", "int64", "bool")

    def _check_moved(self, view: LayerView) -> list[str]:
        value = view.input(1)
        return check_moved(value, view.output(), self.types, ("value", "output")) or check_rank(
            value, "value", 0
        )

    def _check_options(self, view: LayerView) -> list[str]:
        wanted = integers(view.input(0))
        return [f"shape is {list(wanted)}, expected lengths above 0"] if min(wanted, default=1) < 1 else []

    def _output_shape(self, view: LayerView) -> Sequence[int]:
        return integers(view.input(0))

    def _loops(self, view: LayerView) -> Sequence[Loop]:
        return [Loop(length, 0) for length in integers(view.input(0))]

    def _loop_nest(self, view: LayerView) -> LoopNest:
        return loop_nest(self._loops(view), ITEM_BYTES[view.input(1).type])

    def aliases(self, view: LayerView) -> bool:  # noqa: ARG002
        """Return False: the value is the second input."""
        return False


OPERATOR = Fill()
