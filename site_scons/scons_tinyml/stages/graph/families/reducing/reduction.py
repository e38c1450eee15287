"""Base of MEAN, SUM, REDUCE_MAX and REDUCE_MIN: reduce the axes in a constant second input."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import prod
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray, Operator
from scons_tinyml.stages.graph.families.quantization.scales import check_scaled
from scons_tinyml.stages.graph.families.reducing.strided_reduction import MOST_STRIDED_AXES, StridedAxes
from scons_tinyml.stages.graph.families.tensors import (
    check_counts,
    check_integers,
    check_shape,
    integers,
    one_type,
)
from scons_tinyml.stages.graph.ir import LayerView


@dataclass(frozen=True)
class Extents:
    """The input as [outer][outer_reduced][middle][reduced][inner]: two groups of axes are reduced."""

    outer: int = 1
    outer_reduced: int = 1
    middle: int = 1
    reduced: int = 1
    inner: int = 1

    def fields(self) -> dict[str, int]:
        """Return the fields that all reductions have."""
        return {
            "outer_size": self.outer,
            "outer_reduced_size": self.outer_reduced,
            "middle_size": self.middle,
            "reduced_size": self.reduced,
            "inner_size": self.inner,
        }


class Reduction(Operator):
    """An operator that reduces axes. Neighbouring axes form groups; axes of length 1 do not count.

    The computation `strided` supports any number of groups. It runs layers with more than two, and rare
    types.
    """

    types: ClassVar[tuple[NumberType, ...]] = ("int8", "int16", "int32", "float32")
    """Types that have kernels."""

    strided: ClassVar[str]
    """The computation for any number of groups."""

    strided_types: ClassVar[tuple[NumberType, ...]] = ("int32",)
    """Types for which only `strided` exists."""

    input_names = ("input", "axis")
    folded_inputs = (1,)

    @property
    def other_computations(self) -> tuple[str, ...]:
        """The computation for any number of groups."""
        return (self.strided,)

    def computation(self, view: LayerView) -> str:
        """Return `strided` for rare types and for layers with more groups than other kernels support."""
        return self.strided if self._is_strided(view) else self.computes

    def _is_strided(self, view: LayerView) -> bool:
        many = len(_sizes(view)) > len(Extents().fields())
        return many or view.input(0).type in self.strided_types

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names) or check_integers(view.input(1), "axis", ("int32",))
        if problems:
            return problems
        shape = view.input(0).shape
        wrong = [axis for axis in integers(view.input(1)) if not -len(shape) <= axis < len(shape)]
        if wrong:
            return [f"axis {wrong[0]} does not exist in an input of {len(shape)} dimensions"]
        if 0 in shape:
            return [f"input has the shape {list(shape)}, which holds no value"]
        return self._check_groups(view) or self._check_output(view) or self._check_scales(view)

    def _check_groups(self, view: LayerView) -> list[str]:
        if not self._is_strided(view) or _strided(view).most <= MOST_STRIDED_AXES:
            return []
        return [
            f"reduces axes {sorted(_axes(view))} of {list(view.input(0).shape)}, where more than "
            f"{MOST_STRIDED_AXES} groups of neighbours are reduced or kept"
        ]

    @staticmethod
    def _check_output(view: LayerView) -> list[str]:
        shape, reduced = view.input(0).shape, _axes(view)
        if view.options["keep_dims"]:
            expected = [1 if axis in reduced else length for axis, length in enumerate(shape)]
        else:
            expected = [length for axis, length in enumerate(shape) if axis not in reduced]
        return [
            *check_shape(view.output(), "output", expected),
            *check_scaled(view.input(0), "input"),
            *check_scaled(view.output(), "output"),
        ]

    @abstractmethod
    def _check_scales(self, view: LayerView) -> list[str]:
        """Return problems with the scales of input and output in combination; each alone is valid."""

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return one_type(self.types, view.input(0), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the five extents, or all axes."""
        return _strided(view).attributes() if self._is_strided(view) else extents(view).fields()

    def geometry(self, view: LayerView) -> Mapping[str, int | CArray]:
        """Return the first fields of the parameters."""
        return _strided(view).fields() if self._is_strided(view) else extents(view).fields()

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0


def reduced_count(view: LayerView) -> int:
    """Return the number of input values that are reduced to one output value."""
    return prod(_sizes(view)[1::2])


def extents(view: LayerView) -> Extents:
    """Return the input as five extents; a single group is in `reduced`."""
    sizes = _sizes(view)
    sizes += [1] * (len(sizes) % 2 == 0)
    if len(sizes) == 1:
        return Extents(outer=sizes[0])
    if len(sizes) == 3:
        return Extents(outer=sizes[0], reduced=sizes[1], inner=sizes[2])
    return Extents(*sizes)


def _strided(view: LayerView) -> StridedAxes:
    return StridedAxes.of(_sizes(view))


def _sizes(view: LayerView) -> list[int]:
    return _groups(view.input(0).shape, _axes(view))


def _axes(view: LayerView) -> set[int]:
    rank = len(view.input(0).shape)
    return {axis % rank for axis in integers(view.input(1))}


def _groups(shape: Sequence[int], reduced: Collection[int]) -> list[int]:
    """Return sizes of kept and reduced neighbours in turn, beginning with kept ones."""
    long_axes = [axis for axis, length in enumerate(shape) if length > 1]
    groups = [
        (is_reduced, prod(shape[axis] for axis in axes))
        for is_reduced, axes in groupby(long_axes, lambda axis: axis in reduced)
    ]
    first_is_kept = not groups or not groups[0][0]
    return [*([] if first_is_kept and groups else [1]), *(size for _, size in groups)]
