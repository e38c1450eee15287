"""Networks in patches, run in the bytes of their memory plan: every value is that of whole images."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.patches.regions import regions
from scons_tinyml.stages.graph.patches.split import split
from scons_tinyml.stages.plan.check import check_memory
from scons_tinyml.stages.plan.memory import MemoryPlan, plan_memory
from scons_tinyml.stages.plan.patches import Patchable
from support.effort import examples
from support.host_kernels import HostLibrary
from support.host_networks import case_of, run_network
from support.image_networks import image_network, image_networks
from support.kernel_calls import KernelFolder, kernels_of

_PROPERTY = settings(max_examples=examples(25), deadline=None)
Values = NDArray[np.generic]


def assert_same_values(
    graph: Graph, made: Graph, library: HostLibrary, reference: KernelFolder, in_place: Collection[int] = ()
) -> None:
    """Run `made` in an arena; each output of a layer has to have its rows of the layer of `graph`."""
    assert check_graph(made) == []
    scratch = dict.fromkeys(range(0, len(made.layers), 3), 100)
    plan = plan_memory(made, scratch, in_place=in_place)
    assert check_memory(made, scratch, plan, in_place=in_place) == []
    shape = graph.tensors[graph.inputs[0]].shape
    values = np.random.default_rng(1).integers(-128, 128, shape).astype(np.int8)
    whole = run_network(graph, [values], library, reference.kernels)
    by_file = {graph.tensors[index].file_index: found for index, found in whole.items()}
    arena = np.full(plan.arena_bytes, 0x5A, np.uint8)
    _put(made, plan, arena, made.inputs[0], values)
    for layer in made.layers:
        read = [index for index in layer.inputs if index is not None and made.tensors[index].is_activation]
        case = case_of(made, layer, {index: _get(made, plan, arena, index) for index in read})
        (found,) = library.run_all(kernels_of(case, reference.kernels)[0], case)
        if layer.index in scratch:
            place = plan.scratch_offsets[layer.index]
            arena[place : place + scratch[layer.index]] = 0xA5
        _put(made, plan, arena, layer.outputs[0], found)
        output = made.tensors[layer.outputs[0]]
        rows = slice(*output.file_rows) if output.file_rows else slice(None)
        np.testing.assert_array_equal(found, by_file[output.file_index][:, rows])
    for old, new in zip(graph.outputs, made.outputs, strict=True):
        np.testing.assert_array_equal(_get(made, plan, arena, new), whole[old])


def _put(graph: Graph, plan: MemoryPlan, arena: NDArray[np.uint8], index: int, values: Values) -> None:
    data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
    assert len(data) == graph.tensors[index].size_bytes
    arena[plan.offsets[index] : plan.offsets[index] + len(data)] = data


def _get(graph: Graph, plan: MemoryPlan, arena: NDArray[np.uint8], index: int) -> Values:
    tensor, place = graph.tensors[index], plan.offsets[index]
    return arena[place : place + tensor.size_bytes].view(np.int8).reshape(tensor.shape).copy()


@_PROPERTY
@given(image_networks(), st.data())
def test_any_region_in_patches_of_any_size(
    reference_library: HostLibrary, reference: KernelFolder, graph: Graph, data: st.DataObject
) -> None:
    found = [one for layer in graph.layers for one in regions(graph, layer.index)]
    assume(found)
    region = data.draw(st.sampled_from(found))
    height = graph.tensors[region.target].shape[1]
    made = split(graph, region, data.draw(st.integers(1, max(1, height - 1))))
    event("aligned" if made else "not aligned")
    if made is not None:
        assert_same_values(graph, made, reference_library, reference)


@_PROPERTY
@given(image_networks())
def test_every_choice_with_its_peak(
    reference_library: HostLibrary, reference: KernelFolder, graph: Graph
) -> None:
    choices = Patchable(graph).choices()
    event(f"{len(choices)} choices")
    made = choices[-1]
    assert_same_values(graph, made.graph, reference_library, reference)
    assert made.arena_bytes <= choices[0].arena_bytes


def test_a_sum_around_two_convolutions_reads_inner_rows_of_a_patch(
    reference_library: HostLibrary, reference: KernelFolder
) -> None:
    net = image_network(3, 12, 8)
    net.window("CONV_2D", 3, 1, "SAME")
    before = net.last
    net.window("CONV_2D", 3, 1, "SAME")
    net.window("DEPTHWISE_CONV_2D", 3, 1, "SAME")
    net.add(before)
    graph = net.graph()
    region = max(regions(graph, 1), key=lambda region: region.last - region.first)
    assert (region.first, region.last) == (0, 3)
    made = split(graph, region, 3)
    assert made is not None
    parts = [tensor for tensor in made.tensors if tensor.part_of not in (None, *made.inputs, *made.outputs)]
    assert [tensor.file_rows for tensor in parts] == [(0, 3), (3, 6), (6, 9), (9, 12)]
    assert_same_values(graph, made, reference_library, reference)
