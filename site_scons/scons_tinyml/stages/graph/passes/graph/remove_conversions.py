"""Pass: leave out conversions of numbers that change nothing: a DEQUANTIZE with its QUANTIZE, a QUANTIZE to the same.

Converters leave them where they have joined parts of a network that were quantized one by one.
"""

from __future__ import annotations

from functools import cache

from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView, Tensor, with_layers
from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.passes.layers import is_valid, listed, redirected, without_unread

_RANGES = {"int8": (-128, 127), "int16": (-32768, 32767)}
"""Least and greatest number of the types that are looked at."""


def rewrite(graph: Graph) -> tuple[Graph, Notes]:
    """Let readers of the converted values read the integers that were there before.

    Outputs stay equal: each of the 256 or 65,536 integers of the type is converted there and back, in float32 as the
    kernels do, and has to give itself.
    """
    producers = {index: layer for layer in graph.layers for index in layer.outputs}
    same: dict[int, int] = {}
    outputs = set(graph.outputs)
    changed: list[Layer] = []
    layers: list[Layer] = []
    for before in graph.layers:
        layer = redirected(before, same)
        source = _original(graph.view(layer), producers)
        if source is None or layer.outputs[0] in outputs:
            layers.append(layer)
            continue
        same[layer.outputs[0]] = source
        changed.append(before)
    if not changed or len(changed) == len(graph.layers):
        return graph, ()
    kept = without_unread(layers, graph.outputs, ["DEQUANTIZE"])
    return with_layers(graph, kept), (
        f"a conversion to the integers that were there before is left out: {listed(changed)}",
    )


def _original(view: LayerView, producers: dict[int, Layer]) -> int | None:
    """Return the tensor with the integers that a valid QUANTIZE computes, None where they are not there before."""
    if not _is_valid(view, "QUANTIZE"):
        return None
    source, output = view.input(0), view.output()
    before = producers.get(source.index)
    if source.type == "float32" and before is not None and _is_valid(view.graph.view(before), "DEQUANTIZE"):
        source = view.graph.view(before).input(0)
    if not source.is_activation or not _is_same(source, output):
        return None
    scale, zero_point = _parameters(output)
    return source.index if _gives_itself(output.type, scale, zero_point) else None


def _is_valid(view: LayerView, name: str) -> bool:
    return view.layer.operator == name and is_valid(view)


def _is_same(one: Tensor, other: Tensor) -> bool:
    """Return True for integers of the same type that stand for the same numbers."""
    known = one.type in _RANGES and one.quantization is not None and other.quantization is not None
    return known and one.type == other.type and _parameters(one) == _parameters(other)


def _parameters(tensor: Tensor) -> tuple[float, int]:
    assert tensor.quantization is not None  # _is_same has looked
    return tensor.quantization.scales[0], tensor.quantization.zero_points[0]


@cache
def _gives_itself(type_name: str, scale: float, zero_point: int) -> bool:
    """Return True if each integer of the type is itself after a DEQUANTIZE and a QUANTIZE."""
    import numpy as np

    low, high = _RANGES[type_name]
    integers = np.arange(low, high + 1, dtype=np.int64)
    real = ((integers - zero_point).astype(np.float32) * np.float32(scale)).astype(np.float32)
    quotients = (real / np.float32(scale)).astype(np.float32)
    back = np.trunc(quotients + np.copysign(np.float32(0.5), quotients)) + zero_point
    return bool(np.array_equal(np.clip(back, low, high), integers))


PASS = Pass("remove_conversions", rewrite)
