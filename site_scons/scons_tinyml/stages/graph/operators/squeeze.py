"""SQUEEZE: remove axes of length 1, at no cost."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.moving.loops import check_moved
from scons_tinyml.stages.graph.families.tensors import check_counts, check_shape
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.reshape import Reshape

_MAX_RANK = 8


class Squeeze(Reshape):
    """The option `squeeze_dims` gives the axes; without it all axes of length 1 are removed."""

    name = "SQUEEZE"
    input_names = ("input",)
    folded_inputs = ()

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names)
        if problems:
            return problems
        source, output = view.input(0), view.output()
        problems, rank = check_moved(source, output, self.types), len(source.shape)
        if problems or rank > _MAX_RANK:
            return problems or [f"input has {rank} dimensions, expected at most {_MAX_RANK}"]
        named = view.option_integers("squeeze_dims")
        for axis in named:
            if not -rank <= axis < rank or source.shape[axis] != 1:
                return [f"dimension {axis} of {list(source.shape)} is not one of length 1"]
        left_out = {axis % rank for axis in named} or {n for n, size in enumerate(source.shape) if size == 1}
        kept = [size for axis, size in enumerate(source.shape) if axis not in left_out]
        return check_shape(output, "output", kept)


OPERATOR = Squeeze()
