"""Pass: make a PAD part of the convolution or pooling that reads it.

Converters of PyTorch and ONNX write `padding=1` with a stride of 2 as a PAD before a layer without padding, since SAME
of TensorFlow pads less above than below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from struct import unpack

from scons_tinyml.stages.graph.families.moving.paddings import Pair, pairs
from scons_tinyml.stages.graph.families.windows.geometry import EXPLICIT
from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView, OptionValue, Tensor, with_layers
from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.passes.layers import is_valid, listed

_PADS = ("PAD", "PADV2")
_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
_POOL = "MAX_POOL_2D"
_SIDES = ("top", "bottom", "left", "right")
_LOWEST = {"int8": -128, "int16": -32768, "float32": -3.4028234663852886e38}


def rewrite(graph: Graph) -> tuple[Graph, Notes]:
    """Give the padding of a PAD to the layers that read it, and leave the PAD out.

    Outputs stay equal: a convolution counts pixels of its own padding as 0, the value of a PAD, and a MAX_POOL_2D
    leaves them out, which is the same where a PADV2 puts the lowest value there. Each window still reads a pixel of the
    image. A PAD of another value, or which another layer or the network's output needs, stays.
    """
    readers: dict[int, list[Layer]] = {}
    for layer in graph.layers:
        for index in layer.inputs:
            if index is not None:
                readers.setdefault(index, []).append(layer)
    outputs = set(graph.outputs)
    fused: dict[int, Layer] = {}
    gone: dict[int, Layer] = {}
    for view in graph.views():
        reading = readers.get(view.layer.outputs[0], []) if view.layer.outputs else []
        found = _padding(view) if reading and view.layer.outputs[0] not in outputs else None
        if found is None or not all(_takes(graph.view(layer), view, found) for layer in reading):
            continue
        gone[view.layer.index] = view.layer
        for layer in reading:
            options = {**layer.options, **_options(found)}
            fused[layer.index] = replace(
                layer, inputs=(view.layer.inputs[0], *layer.inputs[1:]), options=options
            )
    if not gone:
        return graph, ()
    kept = [fused.get(layer.index, layer) for layer in graph.layers if layer.index not in gone]
    return with_layers(graph, kept), (
        f"padding is part of the layer that reads it, and left out: {listed(list(gone.values()))}",
    )


def _padding(view: LayerView) -> Mapping[str, int] | None:
    """Return the pixels of each side that a valid PAD adds to an image; None for any other layer."""
    if view.layer.operator not in _PADS or not is_valid(view) or len(view.input(0).shape) != len("NHWC"):
        return None
    batch, rows, columns, channels = pairs(view)
    source, output = view.input(0), view.output()
    same = source.type == output.type and source.quantization == output.quantization
    if batch != (0, 0) or channels != (0, 0) or not same or not source.is_activation:
        return None
    return dict(zip(_SIDES, (*rows, *columns), strict=True))


def _takes(reader: LayerView, pad: LayerView, padding: Mapping[str, int]) -> bool:
    """Return True for a layer without padding that can have `padding` in the place of `pad`."""
    layer = reader.layer
    if layer.operator not in (*_CONVOLUTIONS, _POOL) or layer.inputs.count(pad.layer.outputs[0]) != 1:
        return False
    if layer.inputs[0] != pad.layer.outputs[0] or reader.options.get("padding") != "VALID":
        return False
    if not _same_value(_value(pad), _neutral(layer.operator, pad.output())):
        return False
    extents = _extents(reader)
    return extents is not None and all(
        before < extent and after < extent
        for (before, after), extent in zip(_axes(padding), extents, strict=True)
    )


def _axes(padding: Mapping[str, int]) -> tuple[Pair, Pair]:
    top, bottom, left, right = (padding[side] for side in _SIDES)
    return (top, bottom), (left, right)


def _extents(view: LayerView) -> Sequence[int] | None:
    """Return the pixels from the first to the last tap of a window, in height and width."""
    if view.layer.operator == _POOL:
        return view.option_int("filter_height"), view.option_int("filter_width")
    weights = view.optional_input(1)
    if weights is None or len(weights.shape) != len("OHWI"):
        return None
    steps = (view.option_int(f"dilation_{axis}_factor") for axis in "hw")
    return tuple((taps - 1) * step + 1 for taps, step in zip(weights.shape[1:3], steps, strict=True))


def _value(pad: LayerView) -> float | None:
    """Return the value of the added pixels, an integer of the quantized type."""
    output = pad.output()
    if pad.layer.operator == "PAD":
        return _zero(output)
    data = pad.input(2).data or b""
    if output.type == "float32":
        return float(unpack("<f", data)[0])
    return int.from_bytes(data, "little", signed=output.type != "uint8")


def _neutral(operator: str, tensor: Tensor) -> float | None:
    """Return the value of a pixel that changes no output of `operator`, None for types without one."""
    return _LOWEST.get(tensor.type) if operator == _POOL else _zero(tensor)


def _zero(tensor: Tensor) -> float | None:
    if tensor.type not in _LOWEST:
        return None
    return (
        0 if tensor.quantization is None or tensor.type == "float32" else tensor.quantization.zero_points[0]
    )


def _same_value(found: float | None, wanted: float | None) -> bool:
    """Return True for equal values; minus infinity is as low as the lowest float32."""
    return (
        found is not None and wanted is not None and (found == wanted or found < _LOWEST["float32"] == wanted)
    )


def _options(padding: Mapping[str, int]) -> dict[str, OptionValue]:
    return {"padding": EXPLICIT, **{f"padding_{side}": pixels for side, pixels in padding.items()}}


PASS = Pass("fuse_padding", rewrite)
