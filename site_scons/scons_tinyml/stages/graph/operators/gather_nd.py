"""GATHER_ND: values of a tensor at positions along its first axes, which may be computed by the network."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray, CStruct, Operator
from scons_tinyml.stages.graph.families.moving.loops import check_moved, unit_bytes
from scons_tinyml.stages.graph.families.tensors import check_counts, check_shape, integers
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView, TensorType

_POSITIONS = ("int32", "int16", "int64")
"""Types of positions; TensorFlow Lite Micro has only the first one."""

_MOST_COORDINATES = 5
"""TINYML_MOST_COORDINATES of `kernels/include/tinyml/gather_nd.h`, the limit of TensorFlow Lite Micro."""


class GatherNd(Operator):
    """The last dimension of the positions has a coordinate for each of the input's first axes."""

    name = "GATHER_ND"
    input_names = ("input", "positions")
    types: ClassVar[tuple[TensorType, ...]] = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")
    litert_types = ("uint8", "int16", "int32", "int64", "bool")

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names)
        problems = problems or check_moved(view.input(0), view.output(), self.types)
        if problems:
            return problems
        shape, positions = view.input(0).shape, view.input(1)
        if positions.type not in _POSITIONS:
            return [f"positions are {positions.type}, expected {' or '.join(_POSITIONS)}"]
        if not positions.shape or 0 in positions.shape:
            return [f"positions have the shape {list(positions.shape)}, expected coordinates"]
        most = min(len(shape), _MOST_COORDINATES)
        if positions.shape[-1] > most:
            return [f"positions have {positions.shape[-1]} coordinates, expected at most {most}"]
        expected = (*positions.shape[:-1], *shape[positions.shape[-1] :])
        return check_shape(view.output(), "output", expected) or self._check_positions(view)

    @staticmethod
    def _check_positions(view: LayerView) -> list[str]:
        """Return problems with constant positions; the kernel keeps computed ones in range."""
        lengths = _lengths(view)
        found = integers(view.input(1)) if view.input(1).is_constant else ()
        for place, position in enumerate(found):
            length = lengths[place % len(lengths)]
            if not 0 <= position < length:
                return [f"position {position} does not exist along an axis of {length}"]
        return []

    def number_type(self, view: LayerView) -> NumberType | None:  # noqa: ARG002
        """Return 'any', as kernels do not look at the values."""
        return "any"

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the number of positions and coordinates; bytes of a row, of a copied unit, of a coordinate."""
        shape, positions = view.input(0).shape, view.input(1)
        row_bytes = prod(shape[positions.shape[-1] :]) * ITEM_BYTES[view.input(0).type]
        return {
            "position_count": prod(positions.shape[:-1]),
            "coordinates": positions.shape[-1],
            "row_bytes": row_bytes,
            "element_bytes": unit_bytes(row_bytes),
            "position_bytes": ITEM_BYTES[positions.type],
        }

    def is_judged_by_litert(self, view: LayerView) -> bool:
        """Return True for positions of other types than int32, which TensorFlow Lite Micro lacks."""
        return super().is_judged_by_litert(view) or view.input(1).type != _POSITIONS[0]

    def input_limits(self, view: LayerView, position: int) -> tuple[int, int] | None:
        """Return limits that hold for every coordinate."""
        return (0, min(_lengths(view)) - 1) if position == 1 else None

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_gather_nd_any_params`."""
        lengths = CArray("int32_t", _lengths(view))
        return CStruct("tinyml_gather_nd_any_params", {**self.attributes(view), "lengths": lengths})


def _lengths(view: LayerView) -> tuple[int, ...]:
    """Return the lengths of the axes that positions have coordinates for."""
    return view.input(0).shape[: view.input(1).shape[-1]]


OPERATOR = GatherNd()
