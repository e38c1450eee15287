from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from tests.plan.networks import networks, scratch

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.plan.check import check_memory
from scons_tinyml.stages.plan.lifetimes import alias_source, blocks, lower_bound_bytes
from scons_tinyml.stages.plan.memory import MemoryPlan, plan_memory
from support.effort import examples
from support.mlperf import FLOAT, INT8, mlperf_file
from support.tflite_builder import NetworkBuilder


def chain(*sizes: int, operator: str = "ADD") -> Graph:
    net = NetworkBuilder()
    tensors = [net.activation((size,), "int8") for size in sizes]
    for source, target in pairwise(tensors):
        net.layer(operator, [source], [target])
    return net.finish(tensors[:1], tensors[-1:])


def test_a_chain_uses_both_ends_in_turn() -> None:
    assert plan_memory(chain(100, 40, 60, 10), {}) == MemoryPlan(
        offsets={0: 0, 1: 112, 2: 0, 3: 64},
        scratch_offsets={},
        arena_bytes=160,
        lower_bound_bytes=160,
    )


def test_scratch_is_kept_apart_from_the_tensors_of_its_layer() -> None:
    plan = plan_memory(chain(16, 16, 16), {1: 100, 0: 0})
    assert (plan.arena_bytes, plan.lower_bound_bytes, list(plan.scratch_offsets)) == (144, 144, [1])
    assert check_memory(chain(16, 16, 16), {1: 100, 0: 0}, plan) == []


def test_reshape_stays_in_place() -> None:
    plan = plan_memory(chain(64, 64, 64, operator="RESHAPE"), {})
    assert plan == MemoryPlan({0: 0, 1: 0, 2: 0}, {}, 64, 64)


def test_reshape_of_a_constant_has_a_place_of_its_own() -> None:
    net = NetworkBuilder()
    x = net.activation((4,), "int8")
    constant = net.constant(np.ones(4, np.int8))
    y, z = net.activation((2, 2), "int8"), net.activation((4,), "int8")
    net.layer("RESHAPE", [constant], [y])
    net.layer("ADD", [x, y], [z])
    graph = net.finish([x], [z])
    assert [alias_source(graph, layer) for layer in graph.layers] == [None, None]
    plan = plan_memory(graph, {})
    assert sorted(plan.offsets) == [x, y, z]
    assert check_memory(graph, {}, plan) == []


def test_outputs_stay_and_unused_values_still_have_room_while_they_are_written() -> None:
    net = NetworkBuilder()
    x, early, unused, late = (net.activation((16,), "int8") for _ in range(4))
    net.layer("ADD", [x], [early])
    net.layer("ADD", [x], [unused, late])
    graph = net.finish([x], [early, late])
    plan = plan_memory(graph, {})
    assert plan.arena_bytes == plan.lower_bound_bytes == 64
    assert len(set(plan.offsets.values())) == 4


def test_alignment() -> None:
    plan = plan_memory(chain(1, 1, 1), {0: 1}, alignment_bytes=32)
    assert plan.arena_bytes == 96
    assert {offset % 32 for offset in (*plan.offsets.values(), *plan.scratch_offsets.values())} == {0}


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_what_lives_together_lies_apart(data: st.DataObject) -> None:
    graph = data.draw(networks())
    scratch_bytes = data.draw(scratch(graph))
    alignment = data.draw(st.sampled_from([1, 4, 16, 64]))
    plan = plan_memory(graph, scratch_bytes, alignment)
    parts = blocks(graph, scratch_bytes, alignment)
    places = [
        plan.offsets[part.tensors[0]] if part.tensors else plan.scratch_offsets[part.first] for part in parts
    ]
    for (one, here), (two, there) in combinations(zip(parts, places, strict=True), 2):
        apart = here + one.size_bytes <= there or there + two.size_bytes <= here
        assert apart or one.last < two.first or two.last < one.first
    assert all(place % alignment == 0 for place in places)
    assert plan.arena_bytes == max(place + part.size_bytes for place, part in zip(places, parts, strict=True))
    assert plan.arena_bytes >= plan.lower_bound_bytes == lower_bound_bytes(parts)
    assert check_memory(graph, scratch_bytes, plan, alignment) == []
    assert plan == plan_memory(graph, scratch_bytes, alignment)
    event(f"lower bound reached: {plan.arena_bytes == plan.lower_bound_bytes}")


@settings(max_examples=examples(60), deadline=None)
@given(networks(max_layers=5))
def test_no_plan_of_few_layers_is_above_the_lower_bound_by_more_than_a_tenth(graph: Graph) -> None:
    plan = plan_memory(graph, {})
    assert plan.arena_bytes <= 1.1 * plan.lower_bound_bytes


@pytest.mark.parametrize("scratch_bytes", [0, 1000])
@pytest.mark.parametrize("name", [*INT8, *FLOAT])
def test_mlperf_networks_reach_the_lower_bound(name: str, scratch_bytes: int) -> None:
    graph = read_tflite(mlperf_file(name))
    needed = {layer.index: scratch_bytes for layer in graph.layers}
    plan = plan_memory(graph, needed)
    assert plan.arena_bytes == plan.lower_bound_bytes
    assert check_memory(graph, needed, plan) == []
