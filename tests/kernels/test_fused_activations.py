"""Clamps that are part of the layer before them: each kernel gives the bytes of the file with the clamp."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.families.quantization.activation import LEAST, MOST, quantized_range
from scons_tinyml.stages.graph.ir import Graph, Layer, Quantization, Tensor
from scons_tinyml.stages.graph.reader import canonical
from support.cases import CASES, ZERO_POINTS, Case
from support.elementwise_cases import ELEMENTWISE
from support.host_kernels import HostLibrary, require_same
from support.kernel_calls import KernelFolder
from support.oracle import run_oracle_file
from support.tflite_builder import NetworkBuilder, to_tflite

CLAMPING = (
    *("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "ADD", "SUB", "MUL"),
    *("AVERAGE_POOL_2D", "MAX_POOL_2D"),
)
CLAMPS = ("RELU", "RELU6", "MAXIMUM", "MINIMUM")


@dataclass(frozen=True)
class Clamped:
    """A layer and clamps behind it."""

    case: Case
    graph: Graph


@st.composite
def clamped(draw: DrawFn, operator: str) -> Clamped:
    layers = CASES[operator]("int8") if operator in CASES else ELEMENTWISE[operator, "int8"]
    case = draw(layers)
    graph = case.graph
    for name in draw(st.lists(st.sampled_from(CLAMPS), min_size=1, max_size=3)):
        graph = with_clamp(graph, name, draw(ZERO_POINTS))
    return Clamped(case, graph)


def with_clamp(graph: Graph, operator: str, value: int) -> Graph:
    """Return `graph` with a clamp of its output at the end; `value` is that of a MAXIMUM or MINIMUM."""
    (before,) = graph.outputs
    source = graph.tensors[before]
    count = len(graph.tensors)
    output = replace(source, index=count, name=f"clamped_{count}", file_index=count)
    constant = replace(output, index=count + 1, shape=(), data=value.to_bytes(1, "little", signed=True))
    pair = operator in ("MAXIMUM", "MINIMUM")
    inputs = (before, constant.index) if pair else (before,)
    layer = Layer(len(graph.layers), operator.lower(), operator, inputs, (output.index,), {})
    tensors: tuple[Tensor, ...] = (*graph.tensors, output, *([constant] if pair else []))
    return replace(graph, tensors=tensors, layers=(*graph.layers, layer), outputs=(output.index,))


@pytest.mark.parametrize("operator", CLAMPING)
@given(data=st.data())
def test_every_kernel_gives_the_bytes_of_the_file(
    operator: str,
    data: st.DataObject,
    reference: KernelFolder,
    reference_library: HostLibrary,
    cmsis_nn: KernelFolder,
    cmsis_nn_library: HostLibrary,
) -> None:
    found = data.draw(clamped(operator))
    network = canonical(to_tflite(found.graph), Path("clamped.tflite"))
    assert check_graph(network.graph) == []
    (layer,) = network.graph.layers
    assert layer.operator == operator
    expected = run_oracle_file(network.tflite, found.case.inputs)
    case = Case(network.graph, found.case.inputs)
    require_same(case, expected, (reference, reference_library), (cmsis_nn, cmsis_nn_library))


def sum_of_two(activation: str = "NONE") -> Graph:
    net = NetworkBuilder()
    first, second, output = (net.activation((1, 8), "int8", scale=0.05, zero_point=-20) for _ in range(3))
    net.layer("ADD", [first, second], [output], fused_activation_function=activation)
    return net.finish([first, second], [output])


def read(graph: Graph) -> Graph:
    return canonical(to_tflite(graph), Path("sum.tflite")).graph


def limits(graph: Graph) -> tuple[int, int]:
    """Return those of the first layer."""
    return quantized_range(graph.view(graph.layers[0]))


def test_limits_of_clamps_one_after_the_other():
    relu = with_clamp(sum_of_two(), "RELU", 0)
    assert limits(read(relu)) == (-20, 127)
    assert limits(read(with_clamp(relu, "MINIMUM", 50))) == (-20, 50)
    assert limits(read(with_clamp(relu, "MINIMUM", -50))) == (-50, -50)
    assert limits(read(with_clamp(sum_of_two("RELU6"), "MAXIMUM", -128))) == (-20, 100)


def test_the_note_names_the_layers():
    network = canonical(to_tflite(with_clamp(sum_of_two(), "RELU", 0)), Path("sum.tflite"))
    assert network.graph_notes == (
        "limits of values are part of the layer that computes these, and left out: layer 1 (relu_1)",
    )
    (layer,) = network.graph.layers
    assert (layer.options[LEAST], layer.options[MOST]) == (-20, 127)


def test_values_that_are_needed_without_limits_keep_the_clamp():
    graph = with_clamp(sum_of_two(), "RELU", 0)
    shown = replace(graph, outputs=(*graph.outputs, 2))
    assert [layer.operator for layer in read(shown).layers] == ["ADD", "RELU"]


def test_another_quantization_keeps_the_clamp():
    graph = with_clamp(sum_of_two(), "RELU", 0)
    finer = Quantization((0.025,), (-20,))
    other = (*graph.tensors[:3], replace(graph.tensors[3], quantization=finer))
    assert [layer.operator for layer in read(replace(graph, tensors=other)).layers] == ["ADD", "RELU"]


def test_a_clamp_of_what_cannot_limit_stays():
    net = NetworkBuilder()
    source, output = net.activation((1, 8), "int8", scale=0.05), net.activation((8, 1), "int8", scale=0.05)
    net.layer("TRANSPOSE", [source, net.constant(np.array([1, 0], np.int32))], [output])
    graph = with_clamp(net.finish([source], [output]), "RELU6", 0)
    assert [layer.operator for layer in read(graph).layers] == ["TRANSPOSE", "RELU6"]
