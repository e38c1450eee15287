"""Pass: make a clamp part of the layer before it: RELU, RELU6, RELU_N1_TO_1, MAXIMUM or MINIMUM with a constant.

Converters fuse most of them. Networks of PyTorch have MINIMUM and MAXIMUM for `clamp`, and a clamp behind another one,
behind a pooling, or behind a layer that a converter could not fuse.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from scons_tinyml.stages.graph.byte_functions import BYTES, ByteFunction, byte_function
from scons_tinyml.stages.graph.families.quantization.activation import LEAST, MOST, quantized_range
from scons_tinyml.stages.graph.families.quantization.fixed_point import clamp
from scons_tinyml.stages.graph.families.quantization.scales import INT8_MAX, INT8_MIN
from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView, with_layers
from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.passes.layers import is_valid, listed, reader_counts

_CLAMPING = (
    *("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "ADD", "SUB", "MUL"),
    *("AVERAGE_POOL_2D", "MAX_POOL_2D"),
)
"""Operators whose kernels limit their int8 outputs."""


def rewrite(graph: Graph) -> tuple[Graph, Notes]:
    """Give the limits of a clamp of int8 to the layer that computes its input, and leave the clamp out.

    Outputs stay equal: a layer counts as a clamp if each of the 256 integers becomes what two limits make of it, and
    one clamp after another is one, with the limits of the first clamped by the second. Input and output have to be
    quantized alike. A clamp stays if another layer or the network's output needs the values before it.
    """
    readers = reader_counts(graph)
    producers: dict[int, int] = {}
    layers: list[Layer] = []
    gone: list[Layer] = []
    for view in graph.views():
        found = _clamp(view)
        place = None if found is None or readers[found.source] > 1 else producers.get(found.source)
        if found is None or place is None:
            if _takes_limits(view):
                producers[view.layer.outputs[0]] = len(layers)
            layers.append(view.layer)
        else:
            layers[place] = _limited(graph.view(layers[place]), view.layer.outputs, found)
            producers[view.layer.outputs[0]] = place
            gone.append(view.layer)
    if not gone:
        return graph, ()
    return with_layers(graph, layers), (
        f"limits of values are part of the layer that computes these, and left out: {listed(gone)}",
    )


@dataclass(frozen=True)
class _Clamp:
    """Limits of the integers of the tensor `source`."""

    source: int
    least: int
    most: int


def _clamp(view: LayerView) -> _Clamp | None:
    """Return the limits of a layer that only clamps, None for any other layer."""
    found = byte_function(view) if is_valid(view) else None
    if not isinstance(found, ByteFunction):
        return None
    source, results = view.input(found.position), found.results
    least, most = results[INT8_MIN], results[INT8_MAX]
    is_clamp = results == tuple(clamp(value, least, most) for value in BYTES)
    if (
        not is_clamp
        or source.shape != view.output().shape
        or source.quantization != view.output().quantization
    ):
        return None
    return _Clamp(source.index, least, most)


def _takes_limits(view: LayerView) -> bool:
    return view.layer.operator in _CLAMPING and is_valid(view) and view.output().type == "int8"


def _limited(view: LayerView, outputs: tuple[int, ...], limits: _Clamp) -> Layer:
    """Return the layer of `view` with the limits of both, and the outputs of the clamp."""
    least, most = (clamp(end, limits.least, limits.most) for end in quantized_range(view))
    return replace(view.layer, outputs=outputs, options={**view.options, LEAST: least, MOST: most})


PASS = Pass("fuse_activations", rewrite)
