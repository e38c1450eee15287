"""The choice of layers that run in patches, and the places of their rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.files import read_graph, write_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.patches.regions import patched_layers, regions
from scons_tinyml.stages.graph.patches.split import split
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.plan.check import check_memory
from scons_tinyml.stages.plan.choose import best_of
from scons_tinyml.stages.plan.footprint import Footprint
from scons_tinyml.stages.plan.lifetimes import blocks
from scons_tinyml.stages.plan.memory import place_activations, plan_memory
from scons_tinyml.stages.plan.patches import Patchable, remedy, smallest
from scons_tinyml.stages.plan.problem import Option, Problem, Spending
from scons_tinyml.stages.plan.solve import best
from support.image_networks import image_network
from support.mlperf import mlperf_file


def growing() -> Graph:
    """Return an image of 12 x 8 and two convolutions: 768 bytes each, without stride."""
    net = image_network(1, 12, 8)
    net.window("CONV_2D", 3, 1, "SAME")
    net.window("CONV_2D", 3, 1, "SAME")
    return net.graph()


def in_patches(graph: Graph, rows: int) -> Graph:
    (region,) = regions(graph, 0)
    made = split(graph, region, rows)
    assert made is not None
    return made


def test_patches_read_rows_with_their_neighbours():
    made = in_patches(growing(), 4)
    shown = [
        (layer.name, made.tensors[layer.inputs[0] or 0].file_rows, made.tensors[layer.outputs[0]].file_rows)
        for layer in made.layers
    ]
    assert shown == [
        ("conv_2d_0_patch_0", (0, 6), (0, 5)),
        ("conv_2d_1_patch_0", (0, 5), (0, 4)),
        ("conv_2d_0_patch_1", (2, 10), (3, 9)),
        ("conv_2d_1_patch_1", (3, 9), (4, 8)),
        ("conv_2d_0_patch_2", (6, 12), (7, 12)),
        ("conv_2d_1_patch_2", (7, 12), (8, 12)),
    ]
    sides = ("padding_top", "padding_bottom", "padding_left", "padding_right")
    assert [tuple(layer.options[side] for side in sides) for layer in made.layers[::2]] == [
        (1, 0, 1, 1),
        (0, 0, 1, 1),
        (0, 1, 1, 1),
    ]
    assert patched_layers(made) == ("conv_2d_0", "conv_2d_1")


def test_rows_live_until_the_last_patch_that_reads_them():
    made = in_patches(growing(), 4)
    source = [part for part in blocks(made, {}, 16) if made.inputs[0] in part.tensors]
    assert [(part.offset_bytes // 64, part.size_bytes // 64, part.first, part.last) for part in source] == [
        (0, 2, -1, 0),
        (2, 4, -1, 2),
        (6, 4, -1, 4),
        (10, 2, -1, 4),
    ]
    target = [part for part in blocks(made, {}, 16) if made.outputs[0] in part.tensors]
    assert [(part.offset_bytes // 64, part.size_bytes // 64, part.first, part.last) for part in target] == [
        (0, 4, 1, 6),
        (4, 4, 3, 6),
        (8, 4, 5, 6),
    ]


def test_the_target_grows_where_the_source_is_read_no_more():
    made = in_patches(growing(), 2)
    plan = plan_memory(made, {})
    assert plan_memory(growing(), {}).arena_bytes == 24 * 64
    assert (plan.arena_bytes, plan.lower_bound_bytes) == (18 * 64, 18 * 64)
    assert check_memory(made, {}, plan) == []


def test_the_check_finds_a_target_over_rows_that_are_still_read():
    made = in_patches(growing(), 2)
    plan = plan_memory(made, {})
    parts = {index for index in plan.offsets if made.holder(index).index == made.outputs[0]}
    later = {index: offset + 64 * (index in parts) for index, offset in plan.offsets.items()}
    found = check_memory(made, {}, replace(plan, offsets=later, arena_bytes=plan.arena_bytes + 64))
    assert any("is overwritten before" in text for text in found)


def test_a_row_that_no_patch_makes_is_missed():
    made = in_patches(growing(), 4)
    without = replace(made, layers=tuple(replace(layer, index=i) for i, layer in enumerate(made.layers[:-1])))
    assert any("no layer produces" in text for text in check_graph(without))


def test_files_keep_rows(tmp_path):
    made = in_patches(growing(), 4)
    write_graph(made, tmp_path / "graph.json", tmp_path / "graph.bin")
    assert read_graph(tmp_path / "graph.json", tmp_path / "graph.bin") == made


def test_rows_that_are_not_aligned_are_no_patches():
    net = image_network(1, 12, 5)  # rows of 40 bytes
    net.window("CONV_2D", 3, 1, "SAME")
    net.window("CONV_2D", 3, 1, "SAME")
    (region,) = regions(net.graph(), 0)
    assert split(net.graph(), region, 3) is None


def test_an_image_that_a_later_layer_reads_is_not_inside_of_a_region():
    net = image_network(1, 12, 8)
    net.window("CONV_2D", 3, 1, "SAME")
    between = net.last
    net.window("CONV_2D", 3, 1, "SAME")
    net.window("CONV_2D", 3, 1, "SAME")
    net.add(between)
    graph = net.graph()
    assert {(one.first, one.last) for layer in range(4) for one in regions(graph, layer)} == {
        (0, 3),
        (1, 2),
        (1, 3),
    }


@pytest.mark.parametrize(
    ("network", "percent", "most_bytes"),
    [("vww_96_int8", 105, 31_488), ("kws_ref_model", 105, 9_280)],
)
def test_arenas_of_known_networks(network, percent, most_bytes):
    graph = read_tflite(mlperf_file(network))
    choices = Patchable(graph).choices()
    assert [choices[0].graph, choices[0].work_percent] == [graph, 100]
    found = smallest(choices, percent, 2**20)
    assert found.arena_bytes <= most_bytes
    assert found.work_percent <= percent
    assert smallest(choices, 100, 2**20).patches == ()
    assert smallest(choices, 100, found.arena_bytes).arena_bytes <= found.arena_bytes


def test_what_patches_would_give():
    assert remedy(growing(), 24 * 64, 20 * 64) == (
        "layers that run patch by patch need 1.2 KiB of arena without scratch instead of 1.5 KiB, and 18 % more work; "
        "patches=yes measures and chooses them"
    )
    assert "which is too much as well" in (remedy(growing(), 24 * 64, 12 * 64) or "")
    assert remedy(in_patches(growing(), 2), 24 * 64, 20 * 64) is None


def problem(graph: Graph, cycles: int, scratch_bytes: int = 0) -> Problem:
    fast, small = Option("a/fast", cycles, scratch_bytes), Option("a/small", 2 * cycles, 0)
    return Problem(graph, {layer.index: (fast, small) for layer in graph.layers}, Footprint(0, 0, {}, {}))


@pytest.mark.parametrize(
    ("objective", "limits", "position"),
    [
        ("latency", Spending(), 0),
        ("latency", Spending(ram_bytes=1_500 + 768), 1),
        ("ram", Spending(), 1),
        ("ram", Spending(slow_cycles=3_000), 0),
        ("ram", Spending(ram_bytes=10), 1),
    ],
)
def test_the_variant_is_chosen_by_what_was_measured(objective, limits, position):
    variants = [problem(growing(), 1_000), problem(in_patches(growing(), 2), 500)]
    assert best_of(variants, [limits, limits], objective) == position


def test_scratch_takes_what_is_free_and_the_solver_knows_it():
    made = in_patches(growing(), 2)
    with_scratch = problem(made, 500, scratch_bytes=64)
    placed = place_activations(made)
    choice = best(with_scratch, Spending(ram_bytes=placed.memory.arena_bytes), "latency")
    assert choice is not None
    figures = with_scratch.figures(choice)
    plan = plan_memory(made, with_scratch.scratch(choice))
    assert figures.arena_bytes == plan.arena_bytes == placed.memory.arena_bytes
    assert check_memory(made, with_scratch.scratch(choice), plan) == []
    assert "a/fast" in choice.values()
