"""Work that grows with the number of layers grows linearly: four times the layers are at most five times the work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from tests.codegen.networks import kernels_for

from scons_tinyml.stages.codegen.generate import generate
from scons_tinyml.stages.gate.shares import peak_shares
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.files import read_graph, write_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import read_canonical
from scons_tinyml.stages.litert import SegmentedOracle
from scons_tinyml.stages.plan.lifetimes import blocks
from scons_tinyml.stages.plan.memory import layers_in_place, plan_memory
from scons_tinyml.stages.plan.problem import Option, Problem
from support.tflite_builder import NetworkBuilder, to_tflite

FEW, MANY, FACTOR = 60, 240, 5
DENSE = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
ADD = {"fused_activation_function": "NONE"}


def steps(work: Callable[[], object]) -> int:
    """Lines of Python that `work` runs, each round of a loop counted."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def chain(layers: int) -> Graph:
    net = NetworkBuilder()
    first = last = net.activation((1, 4), "float32")
    for _ in range(layers):
        following = net.activation((1, 4), "float32")
        net.layer("RELU", [last], [following])
        last = following
    return net.finish([first], [last])


def sums(layers: int) -> Graph:
    """All activations live to the end, and all are outputs."""
    net = NetworkBuilder()
    first = net.activation((1, 4), "float32")
    made = []
    for number in range(layers):
        made.append(net.activation((1, 4), "float32"))
        net.layer("ADD", [first, net.constant(np.full((1, 4), number, np.float32))], [made[-1]], **ADD)
    return net.finish([first], made)


def shapes(layers: int) -> Graph:
    """Every second layer only gives a constant another shape."""
    net = NetworkBuilder()
    first = last = net.activation((1, 4), "float32")
    for number in range(layers // 2):
        shaped, following = (net.activation((1, 4), "float32") for _ in range(2))
        target = net.constant(np.array([1, 4], np.int32))
        net.layer(
            "RESHAPE", [net.constant(np.full(4, number, np.float32)), target], [shaped], new_shape=(1, 4)
        )
        net.layer("ADD", [last, shaped], [following], **ADD)
        last = following
    return net.finish([first], [last])


def states(layers: int) -> Graph:
    net = NetworkBuilder()
    first = last = net.activation((1, 4), "float32")
    for _ in range(layers):
        following = net.activation((1, 4), "float32")
        net.layer("ADD", [last, net.state((1, 4), "float32")], [following], **ADD)
        last = following
    return net.finish([first], [last])


def dense(layers: int) -> Graph:
    """All layers have the same weights."""
    net = NetworkBuilder()
    first = last = net.activation((1, 4), "int8", scale=0.5)
    weights = net.constant(np.eye(4, dtype=np.int8), scales=[0.5])
    for _ in range(layers):
        following = net.activation((1, 4), "int8", scale=0.5)
        net.layer("FULLY_CONNECTED", [last, weights, None], [following], **DENSE)
        last = following
    return net.finish([first], [last])


NETWORKS = (chain, sums, shapes, states)


@pytest.mark.parametrize("network", NETWORKS)
def test_reading(network: Callable[[int], Graph], tmp_path: Path) -> None:
    def read(layers: int) -> Callable[[], None]:
        path = tmp_path / f"{layers}.tflite"
        path.write_bytes(to_tflite(network(layers)))

        def work() -> None:
            graph = read_canonical(path).graph
            require_valid(graph, path)
            files = tmp_path / "graph.json", tmp_path / "graph.bin"
            write_graph(graph, *files)
            assert read_graph(*files) == graph

        return work

    read(2)()  # what is imported and kept once
    assert steps(read(MANY)) <= FACTOR * steps(read(FEW))


@pytest.mark.parametrize("in_place", [False, True])
def test_memory_of_a_chain(in_place: bool) -> None:
    def plan(layers: int) -> Callable[[], object]:
        graph = chain(layers)
        scratch = dict.fromkeys(range(0, layers, 2), 8)
        chosen = range(layers) if in_place else ()
        return lambda: layers_in_place(graph, plan_memory(graph, scratch, in_place=chosen))

    plan(2)()
    assert steps(plan(MANY)) <= FACTOR * steps(plan(FEW))


@pytest.mark.parametrize("network", [chain, sums])
def test_live_bytes_and_shares(network: Callable[[int], Graph]) -> None:
    def work(layers: int) -> Callable[[], None]:
        graph = network(layers)
        options = {layer: (Option("k", 1, 0),) for layer in range(layers)}

        def asked() -> None:
            problem = Problem(graph, options, footprint=None)  # type: ignore[arg-type]
            assert problem.least_arena_bytes == max(problem.live_bytes(layer) for layer in range(layers))
            peak_shares(graph, dict.fromkeys(range(layers), 16))
            assert len(blocks(graph, {}, 16)) == layers + 1

        return asked

    work(2)()
    assert steps(work(MANY)) <= FACTOR * steps(work(FEW))


def test_calls_in_c() -> None:
    def write(layers: int) -> Callable[[], object]:
        graph = dense(layers)
        kernels, plan = kernels_for(graph), plan_memory(graph, {})
        return lambda: generate(graph, plan, kernels, "net")

    write(2)()
    assert steps(write(MANY)) <= FACTOR * steps(write(FEW))


def test_segments_of_oracles() -> None:
    def network(layers: int) -> bytes:
        net = NetworkBuilder()
        first = last = net.activation((1, 4), "float32")
        for _ in range(layers // 2):
            middle, following = (net.activation((1, 4), "float32") for _ in range(2))
            net.layer("GELU", [last], [middle], approximate=False)
            net.layer("RELU", [middle], [following])
            last = following
        return to_tflite(net.finish([first], [last]))

    files = {layers: network(layers) for layers in (2, FEW, MANY)}
    SegmentedOracle(files[2])
    assert steps(lambda: SegmentedOracle(files[MANY])) <= FACTOR * steps(lambda: SegmentedOracle(files[FEW]))
