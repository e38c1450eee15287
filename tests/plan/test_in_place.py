"""Layers whose kernels may write over their inputs: less RAM, and never a value that is still read."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plan.networks import networks, scratch

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.check import check_memory
from scons_tinyml.stages.plan.footprint import Footprint
from scons_tinyml.stages.plan.memory import layers_in_place, plan_memory
from scons_tinyml.stages.plan.problem import Option, Problem
from support.effort import examples
from support.tflite_builder import NetworkBuilder


def chain(*sizes: int, read_again: bool = False) -> Graph:
    net = NetworkBuilder()
    tensors = [net.activation((size,), "int8") for size in sizes]
    for source, target in pairwise(tensors):
        net.layer("RELU", [source], [target])
    if read_again:
        tensors.append(net.activation((sizes[0],), "int8"))
        net.layer("ADD", [tensors[-2], tensors[0]], [tensors[-1]])
    return net.finish(tensors[:1], tensors[-1:])


def test_a_chain_of_equal_sizes_takes_one_of_them() -> None:
    graph = chain(64, 64, 64, 64)
    assert plan_memory(graph, {}).arena_bytes == 128
    plan = plan_memory(graph, {}, in_place=range(3))
    assert (set(plan.offsets.values()), plan.arena_bytes) == ({0}, 64)
    assert check_memory(graph, {}, plan, in_place=range(3)) == []
    assert layers_in_place(graph, plan) == {0, 1, 2}


def test_an_input_that_is_read_later_is_not_written_over() -> None:
    graph = chain(64, 64, read_again=True)
    plan = plan_memory(graph, {}, in_place=range(2))
    assert (layers_in_place(graph, plan), plan.arena_bytes) == ({1}, 128)


def test_an_output_of_the_network_is_not_written_over() -> None:
    net = NetworkBuilder()
    x, y, z = (net.activation((16,), "int8") for _ in range(3))
    net.layer("RELU", [x], [y])
    net.layer("RELU", [y], [z])
    graph = net.finish([x], [y, z])
    assert layers_in_place(graph, plan_memory(graph, {}, in_place=range(2))) == {0}


def test_what_has_another_name_for_the_same_bytes_is_not_written_over() -> None:
    net = NetworkBuilder()
    x, other, y, z = (net.activation(shape, "int8") for shape in ((16,), (4, 4), (16,), (16,)))
    net.layer("RESHAPE", [x], [other])
    net.layer("RELU", [x], [y])
    net.layer("ADD", [y, other], [z])
    graph = net.finish([x], [z])
    plan = plan_memory(graph, {}, in_place=range(3))
    assert 1 not in layers_in_place(graph, plan)
    assert check_memory(graph, {}, plan, in_place=range(3)) == []


def test_another_size_or_type_is_not_written_over() -> None:
    net = NetworkBuilder()
    narrow, wide, real, whole = (
        net.activation((16,), name) for name in ("int8", "float32", "float32", "int32")
    )
    net.layer("DEQUANTIZE", [narrow], [wide])
    net.layer("RELU", [wide], [real])
    net.layer("CAST", [real], [whole])
    graph = net.finish([narrow], [whole])
    assert layers_in_place(graph, plan_memory(graph, {}, in_place=range(3))) == {1}


def test_the_check_refuses_it_for_other_layers() -> None:
    graph = chain(64, 64)
    plan = plan_memory(graph, {}, in_place=[0])
    assert check_memory(graph, {}, plan) == ["layer 0: tensor 0 and tensor 1 overlap"]


@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_plans_are_right_and_never_larger(data: st.DataObject) -> None:
    graph = data.draw(networks())
    needs = data.draw(scratch(graph))
    allowed = data.draw(st.sets(st.sampled_from(range(len(graph.layers)))))
    plan = plan_memory(graph, needs, in_place=allowed)
    assert check_memory(graph, needs, plan, in_place=allowed) == []
    assert plan.lower_bound_bytes <= plan_memory(graph, needs).lower_bound_bytes
    assert layers_in_place(graph, plan) <= allowed


def test_a_layer_with_one_kernel_that_may_not_is_left_alone() -> None:
    graph = chain(64, 64, 64)
    options = {
        0: (Option("a/relu", 1, 0, in_place=True), Option("b/relu", 2, 0, in_place=True)),
        1: (Option("a/relu", 1, 0, in_place=True), Option("c/relu", 2, 0)),
    }
    problem = Problem(graph, options, Footprint(0, 0, {}, {}))
    assert problem.in_place == {0}
    assert problem.figures({0: "a/relu", 1: "a/relu"}).arena_bytes == problem.least_arena_bytes == 128
