"""Checks of tensors that all operators share: their number, type, rank and shape, and values of constants."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.ir import LayerView, Tensor, TensorType

_INTEGER_FORMATS = {"int16": "h", "int32": "i", "int64": "q"}


def check_counts(view: LayerView, names: Sequence[str], required: int | None = None) -> list[str]:
    """Return problems with tensor numbers: one output, the first `required` of `names` (all) as inputs."""
    problems = check_present(view, names, required)
    if len(view.layer.outputs) != 1:
        problems.append(f"has {len(view.layer.outputs)} outputs, expected 1")
    return problems


def check_present(view: LayerView, names: Sequence[str], required: int | None = None) -> list[str]:
    """Return problems with absent inputs: the first `required` of `names` (default all) must be present."""
    found = len(view.layer.inputs)
    problems = [
        f"input {position} ({name}) is missing"
        for position, name in enumerate(names[:required])
        if view.optional_input(position) is None
    ]
    if found > len(names):
        problems.append(f"has {found} inputs, expected at most {len(names)} ({', '.join(names)})")
    return problems


def check_rank(tensor: Tensor, role: str, rank: int) -> list[str]:
    """Return a problem when `tensor` does not have `rank` dimensions."""
    if len(tensor.shape) == rank:
        return []
    return [f"{role} has the shape {list(tensor.shape)}, expected {rank} dimensions"]


def check_shape(tensor: Tensor, role: str, shape: Sequence[int]) -> list[str]:
    """Return a problem when `tensor` does not have exactly `shape`."""
    if tensor.shape == tuple(shape):
        return []
    return [f"{role} has the shape {list(tensor.shape)}, expected {list(shape)}"]


def check_integers(tensor: Tensor, role: str, types: Sequence[TensorType] = ("int32", "int64")) -> list[str]:
    """Return a problem when `tensor` is not a constant of whole numbers."""
    if tensor.data is None:
        return [f"{role} is computed while the network runs, expected a constant"]
    if tensor.type not in types:
        return [f"{role} is {tensor.type}, expected {' or '.join(types)}"]
    return []


def integers(tensor: Tensor) -> tuple[int, ...]:
    """Return the values of a constant of whole numbers, in row-major order."""
    code = _INTEGER_FORMATS[tensor.type]
    return struct.unpack(f"<{tensor.elements}{code}", tensor.data or b"")


def int8_values(tensor: Tensor) -> tuple[int, ...]:
    """Return the values of a constant of type int8, in row-major order."""
    return struct.unpack(f"<{tensor.elements}b", tensor.data or b"")


def one_type(types: Sequence[NumberType], *tensors: Tensor) -> NumberType | None:
    """Return the type of all `tensors` when it is one of `types`, None for any other type or mixture."""
    return next((name for name in types if all(tensor.type == name for tensor in tensors)), None)


def activation_type(*tensors: Tensor) -> NumberType | None:
    """Return int8, int16 or float32 when all `tensors` have that type, None for any other type or mixture."""
    return one_type(("int8", "int16", "float32"), *tensors)


def common_type(*tensors: Tensor) -> NumberType | None:
    """Return int8 or float32 when all `tensors` have that type, None for any other type or mixture."""
    return one_type(("int8", "float32"), *tensors)
