"""Broadcasting: one stride per input and output axis, 0 where the input repeats.

Neighbouring axes are merged where all inputs allow it, so that inputs of one shape have a single axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile

from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.graph.families.tensors import check_shape
from scons_tinyml.stages.graph.ir import Tensor

_MOST_DIMENSIONS = 6
"""TINYML_MOST_DIMENSIONS of `kernels/include/tinyml/broadcast.h`."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class BroadcastAxis:
    """An axis of the output: its length, and its stride in values for each input."""

    length: int
    strides: tuple[int, ...]

    def continues(self, inner: BroadcastAxis) -> bool:
        """Return True when a step along this axis equals `inner.length` steps along `inner` in all inputs."""
        return self.strides == tuple(stride * inner.length for stride in inner.strides)


def check_broadcast(inputs: Sequence[Tensor], output: Tensor) -> list[str]:
    """Return problems with shapes that do not broadcast.

    The output may have other leading dimensions of 1.
    """
    shapes = [tensor.shape for tensor in inputs]
    if any(0 in shape for shape in (*shapes, output.shape)):
        return [f"shapes {_listed([*shapes, output.shape])} hold no value"]
    rank = max(len(shape) for shape in (*shapes, output.shape))
    if rank > _MOST_DIMENSIONS:
        return [f"has tensors of {rank} dimensions, expected at most {_MOST_DIMENSIONS}"]
    lengths = [
        set(column) - {1} for column in zip(*(_extended(shape, rank) for shape in shapes), strict=True)
    ]
    if any(len(found) > 1 for found in lengths):
        return [f"input shapes {_listed(shapes)} differ in a dimension that is 1 in none of them"]
    expected = tuple(max(found, default=1) for found in lengths)
    if _significant(output.shape) != _significant(expected):
        return check_shape(output, "output", expected[rank - max(map(len, shapes)) :])
    return []


def axes(inputs: Sequence[Tensor], output: Tensor) -> tuple[BroadcastAxis, ...]:
    """Return the axes of the loops over `output` in row-major order, the innermost last; at least one."""
    rank = max(len(tensor.shape) for tensor in (*inputs, output))
    steps = zip(*(_strides(_extended(tensor.shape, rank)) for tensor in inputs), strict=True)
    merged: list[BroadcastAxis] = []
    for length, strides in reversed(list(zip(_extended(output.shape, rank), steps, strict=True))):
        outer = BroadcastAxis(length, strides)
        if length == 1:
            continue
        if merged and outer.continues(merged[0]):
            merged[0] = BroadcastAxis(length * merged[0].length, merged[0].strides)
        else:
            merged.insert(0, outer)
    return tuple(merged) or (BroadcastAxis(1, (1,) * len(inputs)),)


def axis_attributes(found: Sequence[BroadcastAxis], names: Sequence[str]) -> dict[str, int]:
    """Return attributes of the axes `found`: their number, and lengths and strides if there are several.

    `names` are the inputs.
    """
    attributes = {"dimensions": len(found)}
    if len(found) > 1:
        for place, axis in enumerate(found):
            attributes[f"length_{place}"] = axis.length
            attributes |= {f"{name}_stride_{place}": s for name, s in zip(names, axis.strides, strict=True)}
    return attributes


def axis_fields(found: Sequence[BroadcastAxis], names: Sequence[str]) -> dict[str, int | CArray]:
    """Return fields of parameter structs for the axes `found` of the inputs `names`."""
    strides = zip(*(axis.strides for axis in found), strict=True)
    return {
        "dimensions": len(found),
        "lengths": CArray("int32_t", tuple(axis.length for axis in found)),
        **{f"{name}_strides": CArray("int32_t", tuple(s)) for name, s in zip(names, strides, strict=True)},
    }


def _strides(shape: Shape) -> tuple[int, ...]:
    """Return the stride along each dimension of a dense tensor, 0 along dimensions of 1, which repeat."""
    strides: list[int] = []
    step = 1
    for length in reversed(shape):
        strides.insert(0, 0 if length == 1 else step)
        step *= length
    return tuple(strides)


def _extended(shape: Shape, rank: int) -> Shape:
    return (1,) * (rank - len(shape)) + shape


def _significant(shape: Shape) -> Shape:
    return tuple(dropwhile(lambda length: length == 1, shape))


def _listed(shapes: Sequence[Shape]) -> str:
    return ", ".join(str(list(shape)) for shape in shapes)
