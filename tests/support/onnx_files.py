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
            _field(1, _node("MatMul", ["x", "w"], "h")),
            _field(1, _node("Relu", ["h"], "y")),
            _field(2, b"net"),
            _field(5, _tensor("w", weights.astype("<f4"))),
            _field(11, _port("x", [batch, inputs])),
            _field(12, _port("y", [batch, outputs])),
        ]
    )
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 17))


def _node(operator: str, inputs: Sequence[str], output: str) -> bytes:
    read = b"".join(_field(1, name.encode()) for name in inputs)
    return read + _field(2, output.encode()) + _field(3, output.encode()) + _field(4, operator.encode())


def _tensor(name: str, values: np.ndarray) -> bytes:
    sizes = b"".join(_field(1, size) for size in values.shape)
    return sizes + _field(2, _FLOAT) + _field(8, name.encode()) + _field(9, values.tobytes())


def _port(name: str, shape: Sequence[int | str]) -> bytes:
    sizes = b"".join(
        _field(1, _field(1, size) if isinstance(size, int) else _field(2, size.encode())) for size in shape
    )
    return _field(1, name.encode()) + _field(2, _field(1, _field(1, _FLOAT) + _field(2, sizes)))


def _field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    low, rest = value & 127, value >> 7
    return bytes([low | 128]) + _varint(rest) if rest else bytes([low])
