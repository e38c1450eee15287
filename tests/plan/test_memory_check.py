from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.plan.networks import networks

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.check import check_memory
from scons_tinyml.stages.plan.memory import MemoryPlan, plan_memory
from support.effort import examples
from support.tflite_builder import NetworkBuilder


def network() -> Graph:
    """0 -> 1 -> 2 (RESHAPE of 1) -> 3, with 0 read once more at the end."""
    net = NetworkBuilder()
    a, b, c, d = (net.activation(shape, "int8") for shape in ((16,), (16,), (4, 4), (16,)))
    net.layer("ADD", [a], [b])
    net.layer("RESHAPE", [b], [c])
    net.layer("ADD", [c, a], [d])
    return net.finish([a], [d])


GOOD = MemoryPlan({0: 0, 1: 16, 2: 16, 3: 32}, {0: 32}, 48, 48)
SCRATCH = {0: 16}


def test_good_plan() -> None:
    assert check_memory(network(), SCRATCH, GOOD) == []


def _moved(**offsets: int) -> MemoryPlan:
    return replace(GOOD, offsets={**GOOD.offsets, **{int(key[1:]): place for key, place in offsets.items()}})


BAD: list[tuple[MemoryPlan, list[str]]] = [
    (replace(GOOD, offsets={0: 0, 1: 16, 2: 16}), ["tensor 3 has no place"]),
    (replace(GOOD, scratch_offsets={}), ["scratch of layer 0 has no place"]),
    (_moved(t3=33), [
        "tensor 3 at 33 is not aligned to 16",
        "tensor 3: bytes 33 to 49 are not in the arena of 48",
    ]),
    (_moved(t3=48), ["tensor 3: bytes 48 to 64 are not in the arena of 48"]),
    (_moved(t3=-16), ["tensor 3: bytes -16 to 0 are not in the arena of 48"]),
    (_moved(t1=0, t2=0), [
        "layer 0: tensor 0 and tensor 1 overlap",
        "tensor 0 is overwritten before layer 2 reads it",
    ]),
    (_moved(t3=0), ["layer 2: tensor 0 and tensor 3 overlap"]),
    (_moved(t2=32, t3=16), ["layer 1: nothing moves tensor 1 to tensor 2"]),
    (replace(GOOD, scratch_offsets={0: 16}), ["layer 0: scratch and tensor 1 overlap"]),
    (replace(GOOD, scratch_offsets={0: 0}), [
        "layer 0: scratch and tensor 0 overlap",
        "tensor 0 is overwritten before layer 2 reads it",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "findings"), BAD)
def test_bad_plans(plan: MemoryPlan, findings: list[str]) -> None:
    assert check_memory(network(), SCRATCH, plan) == findings


def test_inputs_must_not_overlap_and_outputs_must_last() -> None:
    net = NetworkBuilder()
    a, b, c, d = (net.activation((16,), "int8") for _ in range(4))
    net.layer("ADD", [a, b], [c])
    net.layer("ADD", [b], [d])
    graph = net.finish([a, b], [c, d])
    assert check_memory(graph, {}, MemoryPlan({a: 0, b: 0, c: 16, d: 32}, {}, 48, 48)) == [
        "the inputs of the network: tensor 0 and tensor 1 overlap"
    ]
    assert check_memory(graph, {}, MemoryPlan({a: 0, b: 16, c: 32, d: 32}, {}, 48, 48)) == [
        "tensor 2 is overwritten before the caller reads it"
    ]


def _ownership_is_kept(graph: Graph, offsets: Mapping[int, int]) -> bool:
    """The slow truth, byte by byte: each byte remembers the value that was written last."""
    owner: dict[int, Any] = {}
    same = {index: index for index in range(len(graph.tensors))}

    def extent(index: int) -> range:
        return range(offsets[index], offsets[index] + graph.tensors[index].size_bytes)

    def holds(index: int) -> bool:
        return all(owner.get(byte) == same[index] for byte in extent(index))

    for index in graph.inputs:
        owner |= dict.fromkeys(extent(index), index)
    kept = all(holds(index) for index in graph.inputs)
    for layer in graph.layers:
        sources = [index for index in layer.inputs if index is not None]
        kept = kept and all(holds(index) for index in sources)
        if layer.operator == "RESHAPE":
            kept = kept and offsets[sources[0]] == offsets[layer.outputs[0]]
            same[layer.outputs[0]] = same[sources[0]]
            continue
        for index in layer.outputs:
            owner |= dict.fromkeys(extent(index), index)
        kept = kept and all(holds(index) for index in layer.outputs)
        kept = kept and all(holds(index) for index in sources)
    return kept and all(holds(index) for index in graph.outputs)


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_moved_tensors_are_judged_as_byte_by_byte(data: st.DataObject) -> None:
    graph = data.draw(networks(max_layers=6))
    plan = plan_memory(graph, {})
    moved = data.draw(st.sampled_from(sorted(plan.offsets)))
    place = data.draw(st.integers(0, plan.arena_bytes // 16)) * 16
    assume(place + graph.tensors[moved].size_bytes <= plan.arena_bytes)
    offsets = {**plan.offsets, moved: place}
    findings = check_memory(graph, {}, replace(plan, offsets=offsets))
    assert (findings == []) == _ownership_is_kept(graph, offsets)
