"""Reduced axes in any order: lists of kept and of reduced axes, each with length and input stride."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from scons_tinyml.stages.graph.families.base import CArray

MOST_STRIDED_AXES = 4
"""TINYML_MOST_STRIDED_AXES of `kernels/include/tinyml/strided_reduction.h`."""


@dataclass(frozen=True)
class _Axis:
    length: int
    stride: int
    """Values of the input between two steps."""


@dataclass(frozen=True)
class StridedAxes:
    """The axes of an input; neighbours of one kind are merged. Each kind has at least one axis."""

    kept: tuple[_Axis, ...]
    reduced: tuple[_Axis, ...]

    @staticmethod
    def of(sizes: Sequence[int]) -> StridedAxes:
        """Return the axes for `sizes` of kept and reduced axes in turn, beginning with kept ones."""
        axes = [_Axis(size, prod(sizes[place + 1 :])) for place, size in enumerate(sizes)]
        return StridedAxes(_long(axes[::2]), _long(axes[1::2]))

    @property
    def most(self) -> int:
        """Number of axes of the kind with more axes."""
        return max(len(self.kept), len(self.reduced))

    def attributes(self) -> dict[str, int]:
        """Return the lengths and strides by name."""
        found: dict[str, int] = {}
        for role, axes in self._roles().items():
            found[f"{role}_axes"] = len(axes)
            for place, axis in enumerate(axes):
                found |= {f"{role}_length_{place}": axis.length, f"{role}_stride_{place}": axis.stride}
        return found

    def fields(self) -> dict[str, int | CArray]:
        """Return the fields that all strided reductions have."""
        found: dict[str, int | CArray] = {}
        for role, axes in self._roles().items():
            found[f"{role}_axes"] = len(axes)
            found[f"{role}_lengths"] = CArray("int32_t", tuple(axis.length for axis in axes))
            found[f"{role}_strides"] = CArray("int32_t", tuple(axis.stride for axis in axes))
        return found

    def _roles(self) -> dict[str, tuple[_Axis, ...]]:
        return {"kept": self.kept, "reduced": self.reduced}


def _long(axes: Sequence[_Axis]) -> tuple[_Axis, ...]:
    return tuple(axis for axis in axes if axis.length > 1) or (_Axis(1, 0),)
