"""A small `.onnx` file, written without the package onnx in the wire format of Protocol Buffers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_FLOAT = 1
_LENGTH_DELIMITED = 2


def dense_relu(weights: np.ndarray, batch: int | str = 1) -> bytes:
    """Return relu(x @ weights) as MatMul and Relu. `x` has `batch` rows; a name as `batch` leaves it open."""
    inputs, outputs = weights.shape
    graph = b"".join(
        [
            field(1, _node("MatMul", ["x", "w"], "h")),
            field(1, _node("Relu", ["h"], "y")),
            field(2, b"net"),
            field(5, _tensor("w", weights.astype("<f4"))),
            field(11, _port("x", [batch, inputs])),
            field(12, _port("y", [batch, outputs])),
        ]
    )
    return field(1, 8) + field(7, graph) + field(8, field(2, 17))


def _node(operator: str, inputs: Sequence[str], output: str) -> bytes:
    read = b"".join(field(1, name.encode()) for name in inputs)
    return read + field(2, output.encode()) + field(3, output.encode()) + field(4, operator.encode())


def _tensor(name: str, values: np.ndarray) -> bytes:
    sizes = b"".join(field(1, size) for size in values.shape)
    return sizes + field(2, _FLOAT) + field(8, name.encode()) + field(9, values.tobytes())


def tensor_field(shape: Sequence[int], outside: str | None = None) -> bytes:
    """A tensor of `shape` without its values: they are nowhere, or in the file `outside`."""
    sizes = b"".join(field(1, size) for size in shape)
    place = field(13, field(1, b"location") + field(2, outside.encode())) if outside else b""
    return sizes + field(2, _FLOAT) + field(8, b"w") + place


def _port(name: str, shape: Sequence[int | str]) -> bytes:
    sizes = b"".join(
        field(1, field(1, size) if isinstance(size, int) else field(2, size.encode())) for size in shape
    )
    return field(1, name.encode()) + field(2, field(1, field(1, _FLOAT) + field(2, sizes)))


def field(number: int, value: bytes | int) -> bytes:
    """Return a field of a message: a number, or bytes of a text or another message."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    low, rest = value & 127, value >> 7
    return bytes([low | 128]) + _varint(rest) if rest else bytes([low])
