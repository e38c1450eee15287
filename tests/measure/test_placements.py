"""One kernel in all placements: the same bytes, and cycles that differ as the memory does."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.records.kernel import read_kernel_set
from scons_tinyml.records.placement import placements
from scons_tinyml.stages.firmware.image import ImageBuilder
from scons_tinyml.stages.firmware.render import startup_code
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.lowering.declared import implementation_of
from scons_tinyml.stages.lowering.implementation import ConstantData
from scons_tinyml.stages.lowering.ram_constants import with_ram_constants
from scons_tinyml.stages.measure.bench import BenchJob, LayerBench, run_bench
from scons_tinyml.stages.measure.image import NAME, build_image, misfit, used_bytes
from scons_tinyml.stages.measure.sample import Sample
from scons_tinyml.stages.plan.memory import plan_memory
from scons_tinyml.stages.run.inference import Inference, NetworkImage
from support.networks import small_int8

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "kernels" / "reference"
GRAPH = small_int8().only(small_int8().layers[3])
(KERNEL,) = [k for k in read_kernel_set(REFERENCE)[1] if k.name == "reference/fully_connected_int8"]
ITEM = implementation_of(GRAPH.view(GRAPH.layers[0]), KERNEL)
INPUT = bytes(range(150))
BOARDS = {
    "stm32l1": [],
    "stm32g0b1": [],
    "rp2040": ["activations in SCRATCH + weights in SRAM + code in SRAM"],
    "stm32f746": ["activations in DTCM + weights in DTCM + code in ITCM"],
}
"""With placements besides those that move one thing."""


def board_of(name):
    return read_board(ROOT / "boards" / f"{name}.toml")


def builder(name, folder):
    """With an object of the start-up code, and one of the kernel, which the linker takes as it takes an archive."""
    texts = {"startup.c": startup_code(board_of(name))}
    texts |= {source: (REFERENCE / source).read_text() for source in KERNEL.sources}
    include = (ROOT / "kernels" / "include",)
    first = ImageBuilder(board_of(name), find_toolchain(), include, folder / "startup.o", (), folder)
    first.write(texts)
    _, *kernel = first.compile(texts)
    return replace(first, archives=tuple(kernel))


@pytest.fixture(scope="module")
def infer(tmp_path_factory):
    """What the kernel gives and costs on a board in a placement."""

    @cache
    def run(name: str, placement: str) -> Inference:
        folder = tmp_path_factory.mktemp("bench")
        memory = plan_memory(GRAPH, {})
        elf = build_image(builder(name, folder), GRAPH, memory, {0: ITEM}, placement)
        return NetworkImage(board_of(name), elf, NAME, GRAPH, memory.offsets).infer([INPUT])

    return run


def names(name):
    return [p.name for p in placements(board_of(name)) if "+" not in p.name] + BOARDS[name]


@pytest.mark.parametrize("name", BOARDS)
def test_bytes_and_instructions_are_the_same_everywhere(infer, name):
    found = {placement: infer(name, placement) for placement in names(name)}
    assert len(found) >= 3
    assert len({inference.outputs for inference in found.values()}) == 1
    assert len({inference.instructions for inference in found.values()}) == 1
    assert len({inference.cycles for inference in found.values()}) > 1


@pytest.mark.parametrize(
    ("name", "faster", "slower"),
    [
        ("stm32l1", "weights in RAM", "default"),  # a wait state, and no cache for data
        ("stm32g0b1", "code in RAM", "default"),  # no wait states, and one bus for all in either case
        ("rp2040", "weights in SRAM", "default"),  # from serial flash each word is read once
        ("rp2040", "code in SRAM", "default"),
        ("stm32l4", "code in SRAM2", "code in SRAM1"),  # over ICode, over the system bus
        ("stm32f746", "weights in DTCM", "default"),
        ("stm32f746", "code in ITCM", "code in SRAM"),
    ],
)
def test_cycles_follow_the_memory(infer, name, faster, slower):
    assert infer(name, faster).cycles < infer(name, slower).cycles


def test_what_has_no_room_is_told_and_not_run(tmp_path):
    """In RAM that is too small for the weights, which are known before, and for the code, which has to be linked."""
    board = board_of("stm32l1")
    flash, ram = board.memory

    def job(size: int, placement: str) -> BenchJob:
        small = board.model_copy(update={"memory": (flash, ram.model_copy(update={"size": size}))})
        bench = LayerBench(GRAPH, ITEM, (Sample((INPUT,), (bytes(5),)),))
        return BenchJob(bench, replace(builder("stm32l1", tmp_path), board=small), True, placement)

    weights = job(1700, "weights in RAM")
    told = "RAM has 1.7 KiB, too little for weights (770 B) and arena (240 B) and stack (768 B)"
    assert weights.misfit() == told
    code = job(1300, "code in RAM")
    assert code.misfit() is None
    found = run_bench(code)
    assert (found.cycles, found.compared_bytes) == (0, 0)
    assert found.misfit is not None and found.misfit.startswith("RAM has 1.3 KiB, too little for code (")
    assert job(1700, "default").misfit() is None


def in_flash(argument):
    return replace(argument, in_ram=False) if isinstance(argument, ConstantData) else argument


def test_weights_of_a_variant_that_no_ram_holds_are_not_linked(tmp_path):
    """Behind the RAM of some chips another one begins: an image with them could not even be loaded."""
    board = board_of("stm32f407")
    (variant,) = (item for item in with_ram_constants([ITEM]) if item is not ITEM)
    large = tuple(
        replace(one, data=bytes(112 * 1024)) if isinstance(one, ConstantData) else one
        for one in variant.arguments
    )

    def job(item) -> BenchJob:
        bench = LayerBench(GRAPH, item, (Sample((INPUT,), (bytes(5),)),))
        return BenchJob(bench, replace(builder("stm32l4", tmp_path), board=board), True, "default")

    assert job(variant).misfit() is None
    found = job(replace(variant, arguments=large)).misfit()
    assert found is not None
    assert found.startswith("SRAM1 has 112.0 KiB, too little for ")
    assert job(replace(ITEM, arguments=tuple(map(in_flash, large)))).misfit() is None


def test_activations_that_reach_into_the_next_region_are_not_run(tmp_path):
    """Where the one of the activations ends in nothing it grows, and a budget judges."""
    board = board_of("stm32f407")  # SRAM1 of 112 KiB, SRAM2 right behind it, which ends in nothing
    large = replace(ITEM, scratch_bytes=112 * 1024)

    def run(memory) -> str | None:
        maker = replace(
            builder("stm32l4", tmp_path), board=board.model_copy(update={"memory": tuple(memory)})
        )
        bench = LayerBench(GRAPH, large, (Sample((INPUT,), (bytes(5),)),))
        return run_bench(BenchJob(bench, maker, False, "default")).misfit

    found = run(board.memory)
    assert found is not None and found.startswith("SRAM1 has 112.0 KiB, too little for arena (112.")
    assert run(region for region in board.memory if region.name != "SRAM2") is None


def test_room_counts_what_shares_a_region():
    board = board_of("stm32l4")  # SRAM1 of 96 KiB, SRAM2 of 32 KiB; the stack is in SRAM1
    used = {"code": 4096, "weights": 30_000, "data": 0, "arena": 70_000, "stack": 768}
    assert misfit(board, "default", used) is None
    assert misfit(board, "weights in SRAM2", used) is None
    assert misfit(board, "weights in SRAM2 + code in SRAM2", used) == (
        "SRAM2 has 32.0 KiB, too little for code (4.0 KiB) and weights (29.3 KiB)"
    )
    assert misfit(board, "weights in SRAM1", used) == (
        "SRAM1 has 96.0 KiB, too little for weights (29.3 KiB) and arena (68.4 KiB) and stack (768 B)"
    )


def test_used_bytes_of_an_image(tmp_path):
    memory = plan_memory(GRAPH, {})
    used = used_bytes(build_image(builder("stm32l1", tmp_path), GRAPH, memory, {0: ITEM}))
    assert (used["arena"], used["data"], used["stack"]) == (memory.arena_bytes, 0, 768)
    assert 770 <= used["weights"] < 900
    assert 200 < used["code"] < 2000
