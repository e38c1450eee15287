"""Passes that join neighbours: one TRANSPOSE after another, a DEQUANTIZE with its QUANTIZE."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import CanonicalNetwork, canonical
from support.oracle import run_oracle_file
from support.tflite_builder import NetworkBuilder, to_tflite


def read(graph: Graph) -> CanonicalNetwork:
    found = canonical(to_tflite(graph), Path("network.tflite"))
    assert check_graph(found.graph) == []
    return found


def operators(network: CanonicalNetwork) -> list[str]:
    return [layer.operator for layer in network.graph.layers]


def chain(shape: tuple[int, ...], orders: list[tuple[int, ...]], *, shown: int | None = None) -> Graph:
    """NEG, a TRANSPOSE for each of `orders`, NEG; the output of TRANSPOSE number `shown` is an output too."""
    net = NetworkBuilder()
    source, last = net.activation(shape, "float32"), net.activation(shape, "float32")
    outputs = []
    net.layer("NEG", [source], [last])
    for order in orders:
        shape = tuple(shape[axis] for axis in order)
        moved = net.activation(shape, "float32")
        net.layer("TRANSPOSE", [last, net.constant(np.array(order, np.int32))], [moved])
        outputs.append(moved)
        last = moved
    output = net.activation(shape, "float32")
    net.layer("NEG", [last], [output])
    return net.finish([source], [output] if shown is None else [output, outputs[shown]])


def test_a_pair_that_undoes_itself_is_gone():
    network = read(chain((1, 2, 3, 4), [(0, 3, 1, 2), (0, 2, 3, 1)]))
    assert operators(network) == ["NEG", "NEG"]
    assert network.graph_notes == (
        "each TRANSPOSE after another is merged with it or left out: layer 2 (transpose_2)",
    )


def test_two_that_move_differently_are_one():
    network = read(chain((1, 2, 3, 4), [(0, 3, 1, 2), (0, 3, 1, 2)]))
    assert operators(network) == ["NEG", "TRANSPOSE", "NEG"]
    order = np.frombuffer(network.graph.view(network.graph.layers[1]).input(1).data or b"", np.int32)
    values = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    assert values.transpose(order).tolist() == values.transpose(0, 3, 1, 2).transpose(0, 3, 1, 2).tolist()


def test_an_output_between_them_stays():
    network = read(chain((1, 2, 3, 4), [(0, 3, 1, 2), (0, 2, 3, 1)], shown=0))
    assert operators(network) == ["NEG", "TRANSPOSE", "NEG"]


def test_one_alone_stays():
    assert operators(read(chain((1, 2, 3), [(0, 2, 1)]))) == ["NEG", "TRANSPOSE", "NEG"]


@given(orders=st.lists(st.permutations(range(4)).map(tuple), min_size=1, max_size=5), data=st.data())
def test_a_chain_computes_what_the_file_computes(orders: list[tuple[int, ...]], data: st.DataObject):
    shape = (1, *data.draw(st.tuples(*[st.integers(1, 4)] * 3)))
    graph = chain(shape, orders)
    network = read(graph)
    values = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    assert operators(network).count("TRANSPOSE") <= 1
    moved = values
    for layer in network.graph.layers:
        if layer.operator == "TRANSPOSE":
            order = np.frombuffer(network.graph.view(layer).input(1).data or b"", np.int32)
            moved = moved.transpose(order)
    np.testing.assert_array_equal(moved, run_oracle_file(network.tflite, [values]))


def islands(
    *, scales: tuple[float, float], zero_points: tuple[int, int] = (3, 3), type_name: str = "int8"
) -> Graph:
    """RELU, DEQUANTIZE, QUANTIZE, RELU."""
    net = NetworkBuilder()
    pairs = list(zip(scales, zero_points, strict=True))
    first, second = ({"scale": scale, "zero_point": point} for scale, point in pairs)
    source, before = (net.activation((1, 6), type_name, **first) for _ in range(2))
    real = net.activation((1, 6), "float32")
    after, output = (net.activation((1, 6), type_name, **second) for _ in range(2))
    net.layer("RELU", [source], [before])
    net.layer("DEQUANTIZE", [before], [real])
    net.layer("QUANTIZE", [real], [after])
    net.layer("RELU", [after], [output])
    return net.finish([source], [output])


@given(scale=st.floats(1e-6, 1e3), zero_point=st.integers(-128, 127))
def test_a_conversion_there_and_back_is_gone_and_changed_no_value(scale: float, zero_point: int):
    network = read(islands(scales=(scale, scale), zero_points=(zero_point, zero_point)))
    assert operators(network) == ["RELU", "RELU"]
    (note,) = network.graph_notes
    assert note == "a conversion to the integers that were there before is left out: layer 2 (quantize_2)"
    values = np.arange(-128, 128, dtype=np.int8).reshape(-1, 1)
    net = NetworkBuilder()
    quantized = {"scale": scale, "zero_point": zero_point}
    source, output = (net.activation(values.shape, "int8", **quantized) for _ in range(2))
    real = net.activation(values.shape, "float32")
    net.layer("DEQUANTIZE", [source], [real])
    net.layer("QUANTIZE", [real], [output])
    np.testing.assert_array_equal(
        run_oracle_file(to_tflite(net.finish([source], [output])), [values]), values
    )


@pytest.mark.parametrize(
    "changes",
    [{"scales": (0.5, 0.25)}, {"scales": (0.5, 0.5), "zero_points": (3, 4)}],
    ids=["scale", "zero point"],
)
def test_a_conversion_to_other_integers_stays(changes: dict[str, tuple[float, float]]):
    assert operators(read(islands(**changes))) == ["RELU", "DEQUANTIZE", "QUANTIZE", "RELU"]


def test_a_float_that_is_read_elsewhere_stays():
    net = NetworkBuilder()
    source, same, output = (net.activation((1, 6), "int8", scale=0.5) for _ in range(3))
    real, negated = (net.activation((1, 6), "float32") for _ in range(2))
    net.layer("DEQUANTIZE", [source], [real])
    net.layer("QUANTIZE", [real], [same])
    net.layer("RELU", [same], [output])
    net.layer("NEG", [real], [negated])
    assert operators(read(net.finish([source], [output, negated]))) == ["DEQUANTIZE", "RELU", "NEG"]


def test_a_quantize_to_the_same_integers_is_gone():
    net = NetworkBuilder()
    source, same, output = (net.activation((1, 6), "int16", scale=0.5) for _ in range(3))
    net.layer("QUANTIZE", [source], [same])
    net.layer("MAXIMUM", [same, same], [output])
    assert operators(read(net.finish([source], [output]))) == ["MAXIMUM"]
