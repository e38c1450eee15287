"""ONE_HOT: a new axis with one value at each position, another one elsewhere."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.moving.loops import check_moved, unit_bytes
from scons_tinyml.stages.graph.families.tensors import check_counts, check_integers, check_shape, integers
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView, TensorType


class OneHot(Operator):
    """TensorFlow Lite Micro lacks the operator. A position outside of the axis gives no value."""

    name = "ONE_HOT"
    input_names = ("positions", "depth", "on", "off")
    folded_inputs = (1,)
    typed_input = 2
    types: ClassVar[tuple[TensorType, ...]] = ("float32", "int8", "uint8", "int32", "int64", "bool")
    litert_types = types

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names) or check_integers(view.input(1), "depth", ("int32",))
        problems = problems or [
            *check_moved(view.input(2), view.output(), self.types, ("on", "output")),
            *check_moved(view.input(3), view.output(), self.types, ("off", "output")),
        ]
        return problems or self._check_sizes(view)

    @staticmethod
    def _check_sizes(view: LayerView) -> list[str]:
        positions, axis = view.input(0), view.option_int("axis")
        if positions.type not in ("int32", "int64"):
            return [f"positions are {positions.type}, expected int32 or int64"]
        if [view.input(place).elements for place in (1, 2, 3)] != [1, 1, 1] or not positions.elements:
            return ["depth, on and off hold one value each, and positions at least one"]
        if not -1 <= axis <= len(positions.shape):
            return [f"axis {axis} does not exist in an output of {len(positions.shape) + 1} dimensions"]
        (depth,) = integers(view.input(1))
        if depth < 1:
            return [f"depth is {depth}, expected 1 or more"]
        place = _axis(view)
        return check_shape(
            view.output(), "output", (*positions.shape[:place], depth, *positions.shape[place:])
        )

    def number_type(self, view: LayerView) -> NumberType | None:  # noqa: ARG002
        """Return 'any', as kernels do not look at the values."""
        return "any"

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the sizes around the new axis; bytes of a value, of a copied unit, of a position."""
        shape, place = view.input(0).shape, _axis(view)
        item_bytes = ITEM_BYTES[view.input(2).type]
        return {
            "outer_size": prod(shape[:place]),
            "depth": integers(view.input(1))[0],
            "inner_size": prod(shape[place:]),
            "item_bytes": item_bytes,
            "element_bytes": unit_bytes(item_bytes),
            "position_bytes": ITEM_BYTES[view.input(0).type],
        }

    def input_limits(self, view: LayerView, position: int) -> tuple[int, int] | None:
        """Return limits of positions: the indices of the new axis, and one on each side of them."""
        return (-1, integers(view.input(1))[0]) if position == 0 else None

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_one_hot_any_params`."""
        return CStruct("tinyml_one_hot_any_params", self.attributes(view))


def _axis(view: LayerView) -> int:
    axis = view.option_int("axis")
    return len(view.input(0).shape) if axis == -1 else axis


OPERATOR = OneHot()
