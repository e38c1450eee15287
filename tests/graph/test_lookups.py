"""The pass that makes one table of layers that are functions of one value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from scons_tinyml.stages.graph.byte_functions import ByteFunction, byte_function, pair_function
from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import CanonicalNetwork, canonical
from scons_tinyml.stages.litert import oracle_for
from support.cases import ACTIVATIONS, SCALES, ZERO_POINTS
from support.oracle import run_oracle_outputs
from support.tflite_builder import NetworkBuilder, to_tflite

VALUES = np.arange(-128, 128, dtype=np.int8).reshape(1, 256)
Quantized = tuple[float, int]


def read(graph: Graph) -> CanonicalNetwork:
    found = canonical(to_tflite(graph), Path("network.tflite"))
    assert check_graph(found.graph) == []
    return found


def operators(network: CanonicalNetwork) -> list[str]:
    return [layer.operator for layer in network.graph.layers]


def computed(graph: Graph, values: NDArray[np.int8]) -> list[NDArray[np.int8]]:
    """Return the outputs of a network of functions of bytes, by its layers as they are now."""
    held: dict[int, NDArray[np.int8]] = {graph.inputs[0]: values}
    for view in graph.views():
        held[view.layer.outputs[0]] = _result(view, held)
    return [held[index] for index in graph.outputs]


def _result(view, held: Mapping[int, NDArray[np.int8]]) -> NDArray[np.int8]:
    function = byte_function(view)
    if isinstance(function, ByteFunction):
        source = held[view.input(function.position).index]
        return np.array(function.results, np.int8)[source.astype(np.int64)]
    pair = pair_function(view)
    assert pair is not None
    first, second = (held[view.input(position).index].ravel().tolist() for position in (0, 1))
    return np.array(list(map(pair, first, second)), np.int8).reshape(1, -1)


class Chain:
    """Layers on 256 values, each of which takes the last result, or two of those before."""

    def __init__(self) -> None:
        self.net = NetworkBuilder()
        self.scales: dict[int, float] = {}
        self.source = self.last = self.tensor(0.05, 3)

    def tensor(self, scale: float, zero_point: int) -> int:
        index = self.net.activation((1, 256), "int8", scale=scale, zero_point=zero_point)
        self.scales[index] = scale
        return index

    def then(self, operator: str, quantized: Quantized, *others: int, **options: object) -> int:
        output = self.tensor(*quantized)
        inputs = [self.last, *others]
        self.net.layer(operator, inputs, [output], **options)
        self.last = output
        return output

    def number(self, value: int, scale: float) -> int:
        return self.net.constant(np.array(value, np.int8), scales=[scale], zero_points=[0])

    def finish(self, *outputs: int) -> Graph:
        return self.net.finish([self.source], list(outputs) or [self.last])


def silu(*, shown: bool = False) -> Graph:
    chain = Chain()
    sigmoid = chain.then("LOGISTIC", (1 / 256, -128))
    chain.then("MUL", (0.05, -120), chain.source, fused_activation_function="NONE")
    return chain.finish(chain.last, sigmoid) if shown else chain.finish()


def hard_swish() -> Graph:
    """x * (RELU6(x + 3) * 1/6), as converters write it that do not see a HARD_SWISH."""
    chain = Chain()
    chain.then("ADD", (0.03, -128), chain.number(60, 0.05), fused_activation_function="RELU6")
    chain.then("MUL", (1 / 255, -128), chain.number(127, 1 / 762), fused_activation_function="NONE")
    chain.then("MUL", (0.05, -120), chain.source, fused_activation_function="NONE")
    return chain.finish()


def test_silu_is_one_table():
    network = read(silu())
    assert operators(network) == ["LOOKUP"]
    assert network.graph_notes == (
        "layers that are functions of one value are one table: layer 0 (logistic_0) in that of layer 1 (mul_1)",
    )


def mish() -> Graph:
    """x * TANH(LOG(1 + EXP(x))), of which EXP and LOG have another oracle."""
    chain = Chain()
    chain.then("EXP", (0.013, -128))
    chain.then("ADD", (0.014, -128), chain.number(77, 0.013), fused_activation_function="NONE")
    chain.then("LOG", (0.006, -128))
    chain.then("TANH", (1 / 128, 0))
    chain.then("MUL", (0.01, -60), chain.source, fused_activation_function="NONE")
    return chain.finish()


@pytest.mark.parametrize("make", [silu, hard_swish, mish], ids=lambda make: make.__name__)
def test_one_table_gives_the_bytes_of_the_file_for_all_values(make):
    network = read(make())
    assert operators(network) == ["LOOKUP"]
    (found,), (wanted,) = computed(network.graph, VALUES), oracle_for(network.tflite).run([VALUES])
    np.testing.assert_array_equal(found, wanted)
    assert len(set(found.ravel().tolist())) > 60


def test_what_an_output_of_the_network_needs_stays_and_so_does_what_would_gain_nothing():
    assert operators(read(silu(shown=True))) == ["LOGISTIC", "MUL"]


def test_two_layers_without_a_table_are_smaller_than_one():
    chain = Chain()
    chain.then("RELU", (0.04, -128))
    chain.then("QUANTIZE", (0.03, 5))
    assert operators(read(chain.finish())) == ["RELU", "QUANTIZE"]
    chain = Chain()
    chain.then("RELU", (0.04, -128))
    chain.then("QUANTIZE", (0.03, 5))
    chain.then("RELU", (0.02, -128))
    assert operators(read(chain.finish())) == ["LOOKUP"]


def test_two_values_and_other_shapes_stay():
    net = NetworkBuilder()
    first, second, leaky, product = (net.activation((1, 8), "int8", scale=0.05) for _ in range(4))
    net.layer("LEAKY_RELU", [first], [leaky], alpha=0.1)
    net.layer("MUL", [second, leaky], [product], fused_activation_function="NONE")
    assert operators(read(net.finish([first, second], [product]))) == ["LEAKY_RELU", "MUL"]
    net = NetworkBuilder()
    row, leaky = (net.activation((1, 8), "int8", scale=0.05) for _ in range(2))
    table, square = (net.activation((8, 8), "int8", scale=0.05) for _ in range(2))
    net.layer("LEAKY_RELU", [row], [leaky], alpha=0.1)
    net.layer(
        "MUL",
        [net.constant(np.ones((8, 1), np.int8), scales=[1]), leaky],
        [table],
        fused_activation_function="NONE",
    )
    net.layer("MUL", [table, leaky], [square], fused_activation_function="NONE")
    assert operators(read(net.finish([row], [square]))) == ["LEAKY_RELU", "MUL", "MUL"]


def test_a_table_of_another_size_is_no_valid_layer():
    graph = read(silu()).graph
    cut = tuple(
        tensor
        if tensor.name != "table"
        else type(tensor)(tensor.index, "table", (255,), "int8", data=bytes(255))
        for tensor in graph.tensors
    )
    broken = Graph(graph.name, cut, graph.layers, graph.inputs, graph.outputs)
    assert check_graph(broken) == [
        "layer 0 (LOOKUP): table is int8 of 255 values, expected 256 constants of int8"
    ]


QUANTIZED = st.tuples(SCALES, ZERO_POINTS)
UNARY = ("LOGISTIC", "TANH", "RELU", "LEAKY_RELU", "QUANTIZE", "ABS")
BINARY = ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "PRELU")


@st.composite
def networks(draw: st.DrawFn) -> Graph:
    """Up to seven functions of the input or of earlier results, with one to three outputs."""
    chain = Chain()
    made = [chain.source]
    for _ in range(draw(st.integers(2, 7))):
        chain.last = draw(st.sampled_from(made[-3:]))
        made.append(_function(draw, chain, made))
    outputs = draw(st.lists(st.sampled_from(made[1:]), max_size=2, unique=True))
    return chain.finish(*dict.fromkeys([made[-1], *outputs]))


def _function(draw: st.DrawFn, chain: Chain, made: list[int]) -> int:
    operator = draw(st.sampled_from((*UNARY, *BINARY)))
    scale = chain.scales[chain.last]
    if operator in ("LOGISTIC", "TANH"):
        return chain.then(operator, (1 / 256, -128) if operator == "LOGISTIC" else (1 / 128, 0))
    if operator in ("RELU", "QUANTIZE", "ABS"):
        return chain.then(operator, (scale * draw(st.floats(0.3, 3)), draw(ZERO_POINTS)))
    if operator == "LEAKY_RELU":
        return chain.then(operator, (scale * draw(st.floats(0.3, 3)), draw(ZERO_POINTS)), alpha=0.1)
    other = draw(st.sampled_from(made)) if draw(st.booleans()) else None
    size = scale if other is None else chain.scales[other]
    if operator in ("MAXIMUM", "MINIMUM"):
        tensors = chain.net.finish([], []).tensors
        quantization = tensors[chain.last].quantization
        assert quantization is not None
        if other is None or tensors[other].quantization != quantization:
            other = chain.net.constant(
                np.array(draw(ZERO_POINTS), np.int8), scales=[scale], zero_points=quantization.zero_points
            )
        return chain.then(operator, (scale, quantization.zero_points[0]), other)
    if other is None:
        other = chain.number(draw(st.integers(-128, 127)), scale)
    if operator in ("MUL", "PRELU"):
        output = scale * max(1.0 if operator == "PRELU" else 0, size * 64) * draw(st.floats(0.2, 5))
    else:
        output = max(scale, size) * draw(st.floats(0.2, 5))
    fused = {} if operator == "PRELU" else {"fused_activation_function": draw(ACTIVATIONS)}
    return chain.then(operator, (output, draw(ZERO_POINTS)), other, **fused)


@given(graph=networks())
def test_networks_of_functions_compute_what_the_file_computes(graph: Graph):
    assume(check_graph(graph) == [])
    network = read(graph)
    event(f"{len(graph.layers)} layers are {len(network.graph.layers)}")
    wanted = run_oracle_outputs(graph, [VALUES])
    for found, expected in zip(computed(network.graph, VALUES), wanted, strict=True):
        np.testing.assert_array_equal(found, expected)
