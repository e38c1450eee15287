"""EXPAND_DIMS: insert an axis of length 1, at no cost."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.moving.loops import check_moved
from scons_tinyml.stages.graph.families.tensors import check_counts, check_integers, check_shape, integers
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.reshape import Reshape


class ExpandDims(Reshape):
    """A constant second input gives the position of the new axis in the output."""

    name = "EXPAND_DIMS"
    input_names = ("input", "axis")
    folded_inputs = (1,)
    litert_types = ("uint8", "int32", "int64", "uint32", "uint64", "bool")

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names) or check_integers(view.input(1), "axis")
        problems = problems or check_moved(view.input(0), view.output(), self.types)
        if problems:
            return problems
        shape, axes = view.input(0).shape, integers(view.input(1))
        if len(axes) != 1 or view.input(1).type != "int32":
            return [f"axis is {view.input(1).type} {list(axes)}, expected one int32"]
        rank = len(shape) + 1
        if not -rank <= axes[0] < rank:
            return [f"axis {axes[0]} does not exist in an output of {rank} dimensions"]
        place = axes[0] % rank
        return check_shape(view.output(), "output", (*shape[:place], 1, *shape[place:]))


OPERATOR = ExpandDims()
