"""Remarks on a valid network: parts that cost time or accuracy, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf

from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView, Tensor
from scons_tinyml.stages.graph.operators import find_operator

_WINDOWS = ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "AVERAGE_POOL_2D", "MAX_POOL_2D")
_CONVERSIONS = ("QUANTIZE", "DEQUANTIZE")
_CODES = {"int8": 255, "int16": 65535}
"""Steps from the least to the greatest number of the types that activations are quantized to."""
_HARDLY = 1e-5
"""Share of the widest range of a network below which an activation counts as one that hardly varies."""


def remarks(graph: Graph) -> tuple[str, ...]:
    """Return a sentence for each such part of `graph`, in the order of the layers."""
    found = [(layer.index, text) for kind in _KINDS for layer, text in kind(graph)]
    return tuple(f"{_name(graph.layers[index])} {text}" for index, text in sorted(found))


def _name(layer: Layer) -> str:
    named = "" if layer.name.startswith(layer.operator.lower()) else f", {layer.name}"
    return f"layer {layer.index} ({layer.operator}{named})"


def _transposes(graph: Graph) -> Iterator[tuple[Layer, str]]:
    """Yield each TRANSPOSE that only brings the channels of an image to the end for a window, or away from there."""
    windows: dict[int | None, Layer] = {}
    for layer in graph.layers:
        if layer.operator in _WINDOWS:
            for index in layer.inputs:
                windows.setdefault(index, layer)
    for view in graph.views():
        if view.layer.operator != "TRANSPOSE" or not _moves(view):
            continue
        window = windows.get(view.layer.outputs[0])
        if window is not None:
            moved = (
                f"moves {view.output().size_bytes:,} bytes for {_name(window)}, as the channels come first"
            )
            yield (
                view.layer,
                f"{moved}: convert the network with channels last, as TensorFlow and onnx2tf have them",
            )


def _moves(view: LayerView) -> bool:
    operator = find_operator("TRANSPOSE")
    return operator is not None and not operator.check(view) and not operator.aliases(view)


def _float_islands(graph: Graph) -> Iterator[tuple[Layer, str]]:
    """Yield layers that compute in float32 in a network whose other layers compute in integers."""
    outputs = [
        view for view in graph.views() if view.layer.outputs and view.layer.operator not in _CONVERSIONS
    ]
    integers = [view for view in outputs if view.output().type in _CODES]
    if not integers:
        return
    for view in outputs:
        if view.output().type == "float32":
            yield (
                view.layer,
                (
                    "computes in float32 between integer layers, which is slow without an FPU and needs conversions: "
                    "quantize it too, or use an operator that has an int8 version"
                ),
            )


def _constant_activations(graph: Graph) -> Iterator[tuple[Layer, str]]:
    """Yield layers whose output had almost the same value for all samples that it was quantized with."""
    widest = max((_range(tensor) for tensor in graph.tensors if tensor.is_activation), default=0.0)
    for view in graph.views():
        for index in view.layer.outputs:
            tensor = graph.tensors[index]
            if 0 < _range(tensor) < _HARDLY * widest < inf:
                spans = f"it spans {_range(tensor):.2g}, the widest activation {widest:.2g}"
                yield (
                    view.layer,
                    f"has an output that hardly varies: {spans}: look at the samples that it was quantized "
                    "with, and at the training",
                )


def _range(tensor: Tensor) -> float:
    """Return what the values of an activation span, 0 where that is unknown."""
    found = tensor.quantization
    if not tensor.is_activation or found is None or tensor.type not in _CODES:
        return 0.0
    return found.scales[0] * _CODES[tensor.type]


_KINDS: tuple[Callable[[Graph], Iterator[tuple[Layer, str]]], ...] = (
    _transposes,
    _float_islands,
    _constant_activations,
)
