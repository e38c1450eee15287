"""Every limit of a `.tflite` file holds: a network is read with the number that it has, and not with one less."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.errors import InputError, UnsupportedError
from scons_tinyml.records.network_limits import LIMITS, VARIABLE
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import read_canonical
from scons_tinyml.stages.plan.memory import plan_memory
from scons_tinyml.stages.quantize.given import random_samples
from support.networks import small_int8
from support.tflite_builder import NetworkBuilder, to_tflite

ADD = {"fused_activation_function": "NONE"}


def with_state() -> Graph:
    net = NetworkBuilder()
    x, y = (net.activation((1, 4), "float32") for _ in range(2))
    net.layer("ADD", [x, net.state((1, 4), "float32")], [y], **ADD)
    return net.finish([x], [y])


def with_wide_weights() -> Graph:
    """Constants of 12 bytes of int8, which become 48 of float32."""
    net = NetworkBuilder()
    x, y = net.activation((1, 4), "float32"), net.activation((1, 3), "float32")
    weights = net.constant(np.ones((3, 4), np.int8), scales=[0.5])
    options = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
    net.layer("FULLY_CONNECTED", [x, weights, None], [y], **options)
    return net.finish([x], [y])


SMALL = small_int8()
CASES: list[tuple[str, Callable[[], Graph], int]] = [
    ("network_file", small_int8, len(to_tflite(SMALL))),
    ("subgraphs", small_int8, 1),
    ("layers", small_int8, len(SMALL.layers)),
    ("tensors", small_int8, len(SMALL.tensors)),
    ("buffers", small_int8, 1 + sum(tensor.is_constant for tensor in SMALL.tensors)),
    ("tables", small_int8, len({layer.operator for layer in SMALL.layers})),
    ("dimensions", small_int8, 4),
    ("activation_bytes", small_int8, max(t.size_bytes for t in SMALL.tensors if t.is_activation)),
    ("constant_bytes", small_int8, sum(tensor.size_bytes for tensor in SMALL.tensors if tensor.is_constant)),
    ("constant_bytes", with_wide_weights, 12 + 48),
    ("state_bytes", with_state, 16),
]


@pytest.mark.parametrize(("name", "network", "found"), CASES, ids=[f"{case[0]} {case[2]}" for case in CASES])
def test_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, network: Callable[[], Graph], found: int
) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(to_tflite(network()))
    monkeypatch.setenv(VARIABLE, f"{name}={found}")
    read_canonical(path)
    monkeypatch.setenv(VARIABLE, f"{name}={found - 1}")
    with pytest.raises(InputError) as caught:
        read_canonical(path)
    limit = LIMITS[name]
    assert str(caught.value).startswith(f"{path}: ")
    assert f"{limit.about}: found {limit.text(found)}, expected at most {limit.text(found - 1)}" in str(
        caught.value
    )


def test_numbers_of_shapes_scales_and_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(to_tflite(SMALL))
    monkeypatch.setenv(VARIABLE, "numbers=20")
    with pytest.raises(
        InputError, match=r"net\.tflite: numbers in shapes, scales and lists .*: found 2\d, expected"
    ):
        read_canonical(path)


def test_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    values = sum(SMALL.tensors[index].elements for index in SMALL.inputs)
    monkeypatch.setenv(VARIABLE, f"sample_bytes={3 * 4 * values}")
    assert len(random_samples(SMALL, 0, 3).inputs[0]) == 3
    with pytest.raises(UnsupportedError, match="inputs: size of the samples of a network's inputs: found"):
        random_samples(SMALL, 0, 4)


def test_blocks_that_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    net = NetworkBuilder("wide")
    x, *made = (net.activation((1, 4), "float32") for _ in range(4))
    for index in made:
        net.layer("RELU", [x], [index])
    graph = net.finish([x], made)
    monkeypatch.setenv(VARIABLE, "meeting_blocks=6")
    assert plan_memory(graph, {}).arena_bytes == 64
    monkeypatch.setenv(VARIABLE, "meeting_blocks=5")
    with pytest.raises(
        UnsupportedError, match="wide: pairs of activations that are needed at the same time: found 6"
    ):
        plan_memory(graph, {})
