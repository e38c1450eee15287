"""Estimated needs of a float network's int8 version: a byte per value, except values that stay 32 bits."""

from __future__ import annotations

from dataclasses import replace

from scons_tinyml.stages.fit.needs import FLOAT_BYTES, Needs
from scons_tinyml.stages.graph.ir import Graph

_BYTES_PER_CHANNEL = 8
"""A multiplier and a shift beside each bias."""


def as_int8(needs: Needs, graph: Graph) -> Needs:
    """Return `needs` of a float `graph` after quantization; vectors count as biases of their length."""
    constants = [tensor for tensor in graph.tensors if tensor.type == "float32" and tensor.data is not None]
    channels = sum(tensor.elements for tensor in constants if len(tensor.shape) == 1)
    matrices = max(0, needs.weights - channels)
    return replace(
        needs,
        weight_bytes=matrices + channels * (FLOAT_BYTES + _BYTES_PER_CHANNEL),
        arena_bytes=needs.arena_bytes // FLOAT_BYTES,
    )


def is_float(graph: Graph) -> bool:
    """Return whether an activation is float32, so that an int8 version would be smaller."""
    return any(tensor.type == "float32" and not tensor.is_constant for tensor in graph.tensors)
