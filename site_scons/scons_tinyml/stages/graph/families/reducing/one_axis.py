"""Base of ARG_MAX, ARG_MIN and CUMSUM: work along one axis, given by a constant second input."""

from __future__ import annotations

from abc import abstractmethod
from math import prod

from scons_tinyml.stages.graph.families.base import Operator
from scons_tinyml.stages.graph.families.tensors import check_counts, check_integers, integers
from scons_tinyml.stages.graph.ir import LayerView


class OneAxis(Operator):
    """An operator on an input viewed as [outer][axis][inner]."""

    input_names = ("input", "axis")
    folded_inputs = (1,)

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names) or check_integers(view.input(1), "axis", ("int32",))
        return problems or self._check_axis(view) or self._check_tensors(view)

    @staticmethod
    def _check_axis(view: LayerView) -> list[str]:
        shape = view.input(0).shape
        if view.input(1).elements != 1:
            return [f"axis has {view.input(1).elements} values, expected 1"]
        (axis,) = integers(view.input(1))
        if not -len(shape) <= axis < len(shape):
            return [f"axis {axis} does not exist in an input of {len(shape)} dimensions"]
        return [f"input has the shape {list(shape)}, which holds no value"] if 0 in shape else []

    @abstractmethod
    def _check_tensors(self, view: LayerView) -> list[str]:
        """Return problems with the output and with scales."""

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of values before, along and behind the axis."""
        shape, axis = view.input(0).shape, axis_of(view)
        return {
            "outer_size": prod(shape[:axis]),
            "axis_size": shape[axis],
            "inner_size": prod(shape[axis + 1 :]),
        }

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0


def axis_of(view: LayerView) -> int:
    """Return the axis, counted from the first one."""
    return integers(view.input(1))[0] % len(view.input(0).shape)
