"""Several networks in one firmware: nothing clashes, kernels are linked once, arenas are own or shared."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.emulator.image import read_image
from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.firmware.several import require_distinct
from scons_tinyml.stages.firmware.toolchain import COMPILER
from support.applications import Firmware, dense
from support.effort import examples
from support.networks import remembering, small_int8

pytestmark = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"{COMPILER} is not on PATH")

ARENAS = ("own", "shared")
SHAPES = st.lists(st.integers(1, 40), min_size=2, max_size=4)


@pytest.mark.parametrize("arena", ARENAS)
def test_each_network_gives_the_oracles_bytes(arena: str, tmp_path: Path) -> None:
    graphs = {"kws": small_int8(), "kws_2": dense(1, [30, 20, 4]), "memory": remembering()}
    firmware = Firmware(tmp_path, graphs, arena=arena)
    results = [firmware.run(name) for name in graphs]
    assert [found.network for found in results] == list(graphs)
    assert [found.differing_bytes for found in results] == [0, 0, 0]
    assert [found.samples for found in results] == [3, 3, 3]
    assert [found.measured for found in results] == ["kws_invoke", "kws_2_invoke", "memory_invoke"]
    assert all(found.interrupt_cycles == 0 < found.cycles for found in results)
    sizes = [one.plan.memory.arena_bytes for one in firmware.networks.values()]
    symbols = read_image(firmware.elf).symbols
    assert ("tinyml_arena" in symbols) == (arena == "shared")
    assert sum(name == "tinyml_reference_fully_connected_int8" for name in symbols) == 1
    assert arena_bytes(firmware.elf) == (max(sizes) if arena == "shared" else sum(sizes))


def arena_bytes(elf: Path) -> int:
    from scons_tinyml.stages.firmware.sizes import read_image as read_sections

    return read_sections(elf).section_bytes(".arena")


@settings(max_examples=examples(4), deadline=None)
@given(shapes=st.lists(SHAPES, min_size=2, max_size=3), arena=st.sampled_from(ARENAS))
def test_random_networks_do_not_disturb_each_other(
    shapes: list[list[int]], arena: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    graphs = {f"net{position}": dense(position, sizes) for position, sizes in enumerate(shapes)}
    firmware = Firmware(tmp_path_factory.mktemp("several"), graphs, arena=arena)
    assert [firmware.run(name, samples=2).differing_bytes for name in graphs] == [0] * len(graphs)


def named(graph, name):
    from dataclasses import replace

    return replace(graph, name=name)


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ("kws", "kws", "kws.h"),
        ("kws", "KWS", "kws.h"),
        ("a-b", "a_b", "a_b.h"),
        ("kws", "kws_weights", "kws_weights.h"),
        ("kws", "kws_input", None),
        ("kws", "kws_small", None),
    ],
)
def test_names_that_clash_in_c_are_refused(first: str, second: str, clash: str | None) -> None:
    graphs = [named(dense(1, [4, 4]), first), named(dense(2, [4, 4]), second)]
    if clash is None:
        require_distinct(graphs)
        return
    with pytest.raises(InputError) as refused:
        require_distinct(graphs)
    assert str(refused.value) == (
        f"networks: the networks '{first}' and '{second}' would both have '{clash}' in C\n"
        "  give one of them another name: that of its folder or file"
    )
