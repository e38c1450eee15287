"""GATHER: values of a tensor at positions along an axis; the positions may be computed by the network."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.moving.loops import check_moved, unit_bytes
from scons_tinyml.stages.graph.families.tensors import check_counts, check_shape, integers
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView, TensorType

_POSITIONS = ("int32", "int16", "int64")
"""Types of positions; TensorFlow Lite Micro has only the first one."""


@dataclass(frozen=True)
class _Extents:
    """The input as [batch][outer][axis][inner], the positions as [batch][count]."""

    batch: int
    outer: int
    axis: int
    inner: int
    count: int


class Gather(Operator):
    """The first `batch_dims` dimensions are shared by the input and the positions."""

    name = "GATHER"
    input_names = ("input", "positions")
    types: ClassVar[tuple[TensorType, ...]] = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")
    litert_types = ("uint8", "int16", "int32", "int64", "bool")

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names)
        problems = problems or check_moved(view.input(0), view.output(), self.types)
        if problems:
            return problems
        if view.input(1).type not in _POSITIONS:
            return [f"positions are {view.input(1).type}, expected {' or '.join(_POSITIONS)}"]
        if 0 in view.input(1).shape:
            return [f"positions have the shape {list(view.input(1).shape)}, which holds no value"]
        return self._check_axis(view) or self._check_positions(view)

    @staticmethod
    def _check_axis(view: LayerView) -> list[str]:
        shape, positions = view.input(0).shape, view.input(1).shape
        axis, batch_dims = view.option_int("axis"), view.option_int("batch_dims")
        if not -len(shape) <= axis < len(shape):
            return [f"axis {axis} does not exist in an input of {len(shape)} dimensions"]
        common = batch_dims + len(positions) if batch_dims < 0 else batch_dims
        if not 0 <= common <= min(axis % len(shape), len(positions)):
            return [f"batch_dims {batch_dims} does not fit axis {axis} and {len(positions)} dimensions"]
        if shape[:common] != positions[:common]:
            return [f"input {list(shape)} and positions {list(positions)} differ in {common} dimensions"]
        place = axis % len(shape)
        expected = (*shape[:place], *positions[common:], *shape[place + 1 :])
        return check_shape(view.output(), "output", expected)

    @staticmethod
    def _check_positions(view: LayerView) -> list[str]:
        """Return problems with constant positions; the kernel keeps computed ones in range."""
        positions, length = view.input(1), _extents(view).axis
        found = integers(positions) if positions.is_constant else ()
        wrong = [position for position in found if not 0 <= position < length]
        return [f"position {wrong[0]} does not exist along an axis of {length}"] if wrong else []

    def number_type(self, view: LayerView) -> NumberType | None:  # noqa: ARG002
        """Return 'any', as kernels do not look at the values."""
        return "any"

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return lengths; bytes of the values that a position selects, of a copied unit, of a position."""
        extents = _extents(view)
        row_bytes = extents.inner * ITEM_BYTES[view.input(0).type]
        return {
            "batch_size": extents.batch,
            "outer_size": extents.outer,
            "axis_size": extents.axis,
            "position_count": extents.count,
            "row_bytes": row_bytes,
            "element_bytes": unit_bytes(row_bytes),
            "position_bytes": ITEM_BYTES[view.input(1).type],
        }

    def is_judged_by_litert(self, view: LayerView) -> bool:
        """Return True for positions of other types than int32, which TensorFlow Lite Micro lacks."""
        return super().is_judged_by_litert(view) or view.input(1).type != _POSITIONS[0]

    def input_limits(self, view: LayerView, position: int) -> tuple[int, int] | None:
        """Return the limits of positions: the indices of the axis."""
        return (0, _extents(view).axis - 1) if position == 1 else None

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_gather_any_params`."""
        return CStruct("tinyml_gather_any_params", self.attributes(view))


def _extents(view: LayerView) -> _Extents:
    shape, positions = view.input(0).shape, view.input(1).shape
    axis, batch_dims = view.option_int("axis") % len(shape), view.option_int("batch_dims")
    common = batch_dims + len(positions) if batch_dims < 0 else batch_dims
    return _Extents(
        batch=prod(shape[:common]),
        outer=prod(shape[common:axis]),
        axis=shape[axis],
        inner=prod(shape[axis + 1 :]),
        count=prod(positions[common:]),
    )


OPERATOR = Gather()
