"""Channels that are the same for every input: outputs stay equal without them, and what has to stay stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.files import read_graph, write_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.passes.graph.fold_constant_channels import rewrite
from scons_tinyml.stages.graph.reader import read_noted
from support.chains import EXTREME, MULTIPLE, chain, two_layers
from support.effort import examples
from support.mlperf import mlperf_file
from support.oracle import run_oracle, run_oracle_file
from support.tflite_builder import to_tflite

BIASES = st.lists(
    st.sampled_from([-EXTREME, -EXTREME, 0, 300, EXTREME]), min_size=MULTIPLE, max_size=4 * MULTIPLE
)
POINTS = st.sampled_from([-128, -128, 0, 127, 17])
ACTIVATIONS = st.sampled_from(["NONE", "RELU", "RELU6"])


@st.composite
def networks(draw: st.DrawFn) -> Graph:
    """Draw a convolution, depthwise layers and convolutions, perhaps a pool, and a dense layer."""
    made = chain(draw(st.integers(0, 2**32 - 1)))
    made.convolution(draw(BIASES), padding="SAME", zero_point=draw(POINTS), activation=draw(ACTIVATIONS))
    for _ in range(draw(st.integers(1, 4))):
        padding = "VALID" if made.shape[1] >= 3 and draw(st.booleans()) else "SAME"
        options = {"padding": padding, "zero_point": draw(POINTS), "activation": draw(ACTIVATIONS)}
        kind = draw(st.sampled_from(["depthwise", "depthwise", "pointwise", "convolution", "without bias"]))
        if kind == "depthwise":
            made.depthwise(draw(BIASES), multiplier=draw(st.sampled_from([1, 1, 2])), **options)
        elif kind == "pointwise":
            made.convolution(draw(BIASES), side=1, **{**options, "padding": "SAME"})
        else:
            made.convolution(None if kind == "without bias" else draw(BIASES), **options)
    if draw(st.booleans()):
        made.pool(draw(st.sampled_from(["AVERAGE_POOL_2D", "MAX_POOL_2D"])))
    if draw(st.booleans()):
        made.dense(6)
    return made.graph()


def inputs_of(graph: Graph) -> list[NDArray[np.int8]]:
    """Return random values, and both ends of int8."""
    shape, random = graph.tensors[graph.inputs[0]].shape, np.random.default_rng(1)
    values = [random.integers(-128, 128, shape).astype(np.int8) for _ in range(2)]
    return [*values, np.full(shape, -128, np.int8), np.full(shape, 127, np.int8)]


def assert_equal(graph: Graph, made: Graph) -> None:
    """Assert that both networks give the same bytes."""
    for values in inputs_of(graph):
        assert run_oracle(made, [values]).tobytes() == run_oracle(graph, [values]).tobytes()


def test_outputs_stay_equal() -> None:
    changed: list[bool] = []

    @settings(max_examples=examples(120), deadline=None, suppress_health_check=list(HealthCheck))
    @given(networks())
    def check(graph: Graph) -> None:
        made, notes = rewrite(graph)
        changed.append(bool(notes))
        assert check_graph(made) == []
        assert (made == graph) is not bool(notes)
        assert_equal(graph, made)

    check()
    assert sum(changed) > len(changed) / 2


def channels(graph: Graph) -> list[int]:
    """Return the channels of each layer's output."""
    return [view.output().shape[-1] for view in graph.views()]


@pytest.mark.parametrize(
    ("padding", "zero_point", "left"),
    [("SAME", -128, 4), ("VALID", -128, 4), ("VALID", 0, 4), ("SAME", 0, 8)],
)
def test_at_the_edge_only_the_zero_point_is_the_same(padding: str, zero_point: int, left: int) -> None:
    graph = two_layers([100] * 4, padding=padding, zero_point=zero_point)
    made, _ = rewrite(graph)
    assert channels(made) == [left, 4]
    assert_equal(graph, made)


def test_a_layer_without_bias_takes_no_effect() -> None:
    for zero_point, left in ((-128, 4), (0, 8)):
        made, _ = rewrite(two_layers(None, padding="VALID", zero_point=zero_point))
        assert channels(made) == [left, 4]


def test_a_bias_that_would_overflow_stays() -> None:
    graph = two_layers([2**31 - 1] * 4, padding="VALID", zero_point=0)
    assert channels(rewrite(graph)[0]) == [8, 4]


def test_the_effect_is_in_the_bias_and_weights_shrink() -> None:
    graph = two_layers([100] * 4, padding="VALID", zero_point=0)
    made, (note,) = rewrite(graph)
    before, after = graph.view(graph.layers[1]), made.view(made.layers[1])
    weights = np.frombuffer(before.input(1).data, np.int8).reshape(4, 3, 3, 8).astype(int)
    assert np.frombuffer(after.input(2).data, np.int32).tolist() == [
        100 + int(found) for found in (weights[..., :4] * -128).sum((1, 2, 3))
    ]
    assert after.input(1).data == weights[..., 4:].astype(np.int8).tobytes()
    assert after.input(0).file_channels == (4, 5, 6, 7)
    assert note == (
        "channels that are the same for every input, or not needed, are left out, their effect is in the next bias: "
        "4 of 8 of layer 0 (conv_2d_0); 9,792 multiply-accumulates become 4,896, 624 bytes of constants 320"
    )


def test_what_the_network_gives_stays() -> None:
    made = chain(2)
    made.convolution([-EXTREME] * 8, padding="SAME", zero_point=-128, activation="RELU")
    graph = made.graph()
    assert rewrite(graph) == (graph, ())


def test_files_keep_which_channels_are_left(tmp_path: Path) -> None:
    made, _ = rewrite(two_layers([100] * 4, padding="VALID", zero_point=0))
    write_graph(made, tmp_path / "graph.json", tmp_path / "graph.bin")
    assert read_graph(tmp_path / "graph.json", tmp_path / "graph.bin") == made


def test_the_option_leaves_them_in(tmp_path: Path) -> None:
    file = tmp_path / "two.tflite"
    file.write_bytes(to_tflite(two_layers([100] * 4, padding="VALID", zero_point=0)))
    assert channels(read_noted(file)[0]) == [4, 4]
    assert channels(read_noted(file, ("fold_constant_channels",))[0]) == [8, 4]


def test_visual_wake_words_needs_half_of_its_products() -> None:
    file = mlperf_file("vww_96_int8")
    graph, notes = read_noted(file)
    assert "7,489,664 multiply-accumulates become 3,766,476" in notes[-1]
    for values in inputs_of(graph):
        assert run_oracle(graph, [values]).tobytes() == run_oracle_file(file.read_bytes(), [values]).tobytes()
