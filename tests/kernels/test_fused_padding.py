"""A PAD that is part of the next layer: each kernel that takes the layer gives the bytes of the file with the PAD."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from numpy.typing import NDArray

from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.ir import Graph, Layer, Tensor
from scons_tinyml.stages.graph.reader import CanonicalNetwork, canonical
from support.cases import CASES, Case
from support.host_kernels import HostLibrary, require_same
from support.kernel_calls import KernelFolder, operator_of
from support.oracle import run_oracle_file
from support.tflite_builder import to_tflite

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
TYPES = ("int8", "int16", "float32")
LOWEST = {"int8": -128, "int16": -(2**15), "float32": float(np.finfo(np.float32).min)}
SIDES = ("padding_top", "padding_bottom", "padding_left", "padding_right")


@dataclass(frozen=True)
class Padded:
    """A network of PAD and a layer with a window: values of its input, and pixels on each side."""

    graph: Graph
    values: NDArray[np.generic]
    sides: tuple[int, ...]


@st.composite
def padded(draw: DrawFn, operator: str, type_name: str) -> Padded:
    """Put a PAD before a random layer: of the pixels of its own padding, or of a frame that is cut off its input."""
    case = draw(CASES[operator](type_name))
    values = case.inputs[0]
    if case.view.options["padding"] == "SAME":
        attributes = operator_of(case).attributes(case.view)
        sides = tuple(attributes[side] for side in SIDES)
    else:
        rows, columns = (draw(_cut(length)) for length in values.shape[1:3])
        sides = (*rows, *columns)
        top, bottom, left, right = sides
        values = values[:, top : values.shape[1] - bottom, left : values.shape[2] - right]
    return Padded(_with_pad(case, values.shape, sides), np.ascontiguousarray(values), sides)


@st.composite
def _cut(draw: DrawFn, length: int) -> tuple[int, int]:
    """Draw pixels to cut off at both ends, so that at least one is left."""
    before = draw(st.integers(0, min(3, length - 1)))
    return before, draw(st.integers(0, min(3, length - 1 - before)))


def _with_pad(case: Case, inner: Sequence[int], sides: Sequence[int]) -> Graph:
    """Return the layer of `case` behind a PAD, or for a pooling behind a PADV2 of the lowest value."""
    layer, tensors = case.view.layer, list(case.graph.tensors)
    top, bottom, left, right = sides
    images, height, width, channels = inner
    frame = replace(case.view.input(0), shape=(images, top + height + bottom, left + width + right, channels))
    tensors[frame.index] = frame
    pairs = np.array([[0, 0], [top, bottom], [left, right], [0, 0]], np.int32)
    lowest = np.array([LOWEST[frame.type]], frame.type)
    tensors += [
        replace(frame, index=len(tensors), shape=tuple(inner), file_index=len(tensors)),
        Tensor(len(tensors) + 1, "pairs", pairs.shape, "int32", data=pairs.tobytes()),
        replace(frame, index=len(tensors) + 2, shape=(1,), data=lowest.tobytes()),
    ]
    source, pads, value = range(len(tensors) - 3, len(tensors))
    is_pool = layer.operator not in CONVOLUTIONS
    inputs = (source, pads, value) if is_pool else (source, pads)
    valid = {**layer.options, "padding": "VALID"}
    pad = Layer(0, "pad", "PADV2" if is_pool else "PAD", inputs, (frame.index,), {})
    return replace(
        case.graph,
        tensors=tuple(tensors),
        layers=(pad, replace(layer, index=1, options=valid)),
        inputs=(source,),
    )


def read(padded: Padded) -> CanonicalNetwork:
    return canonical(to_tflite(padded.graph), Path("padded.tflite"))


@pytest.mark.parametrize("operator", [*CONVOLUTIONS, "MAX_POOL_2D"])
@pytest.mark.parametrize("type_name", TYPES)
@given(data=st.data())
def test_every_kernel_gives_the_bytes_of_the_file(
    operator: str,
    type_name: str,
    data: st.DataObject,
    reference: KernelFolder,
    reference_library: HostLibrary,
    cmsis_nn: KernelFolder,
    cmsis_nn_library: HostLibrary,
) -> None:
    found = data.draw(padded(operator, type_name))
    network = read(found)
    assert check_graph(network.graph) == []
    if len(network.graph.layers) == 2:
        assert _has_empty_windows(found)
        return
    (layer,) = network.graph.layers
    assert tuple(layer.options[side] for side in SIDES) == found.sides
    expected = run_oracle_file(network.tflite, [found.values])
    case = Case(network.graph, (found.values,))
    require_same(case, expected, (reference, reference_library), (cmsis_nn, cmsis_nn_library))


def _has_empty_windows(padded: Padded) -> bool:
    """Return True if a side has as many pixels of padding as a window is long, so that one may see no pixel."""
    view = padded.graph.view(padded.graph.layers[1])
    if "filter_height" in view.options:
        taps = (view.option_int("filter_height"), view.option_int("filter_width"))
        steps = (1, 1)
    else:
        taps = view.input(1).shape[1:3]
        steps = (view.option_int("dilation_h_factor"), view.option_int("dilation_w_factor"))
    extents = [(length - 1) * step + 1 for length, step in zip(taps, steps, strict=True)]
    return max(padded.sides[:2]) >= extents[0] or max(padded.sides[2:]) >= extents[1]
