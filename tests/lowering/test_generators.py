"""Generators beside a kernel set: found by name, lowered for a layer, measured, proven and counted as any kernel."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import InternalError, RecordError
from scons_tinyml.stages.codegen.generate import generate
from scons_tinyml.stages.firmware.image import ImageBuilder
from scons_tinyml.stages.firmware.render import startup_code
from scons_tinyml.stages.firmware.sizes import image_sizes, read_image
from scons_tinyml.stages.firmware.toolchain import COMPILER, find_toolchain
from scons_tinyml.stages.footprint.link import footprint
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator, find_generators
from scons_tinyml.stages.lowering.implementation import (
    Absent,
    ConstantData,
    Implementation,
    Input,
    Lowered,
    Output,
    Refusal,
    Scratch,
    implementations,
)
from scons_tinyml.stages.lowering.lower import lower, lower_again, lower_layer
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.measure.bench import BenchJob, LayerBench, run_bench
from scons_tinyml.stages.measure.identity import Identity
from scons_tinyml.stages.measure.image import NAME, build_image
from scons_tinyml.stages.measure.sample import Sample
from scons_tinyml.stages.plan.footprint import FLASH_MARGIN_BYTES
from scons_tinyml.stages.plan.memory import plan_memory
from scons_tinyml.stages.run.inference import NetworkImage
from support.networks import small_int8
from support.tflite_builder import NetworkBuilder

ROOT = Path(__file__).parents[2]
GENERATED = Path(__file__).parent / "generated"
GRAPH = small_int8()
DENSE = 3
BOARD = read_board(ROOT / "boards" / "stm32l4.toml")
CORE = Core.of(BOARD)
NEEDS_COMPILER = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"{COMPILER} is not on PATH")


def dense(schedule: str = "flash") -> Implementation:
    found = implementations(lower_layer(GRAPH.view(GRAPH.layers[DENSE]), find_generators(GENERATED), CORE))
    return next(item for item in found if item.name == f"generated/dense.{schedule}")


def write_set(folder: Path, **files: str) -> Path:
    """A kernel set of Python files alone."""
    folder.mkdir(parents=True)
    shutil.copy(GENERATED / "set.toml", folder)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def test_generators_are_files_of_a_set_and_helpers_are_not() -> None:
    assert [(found.name, found.set_name) for found in find_generators(GENERATED)] == [
        ("generated/dense", "generated")
    ]


def test_a_layer_has_what_its_generators_offer_under_their_names() -> None:
    lowered = lower(GRAPH, find_generators(GENERATED), CORE)
    assert {layer: [item.name for item in items] for layer, items in lowered.items()} == {
        0: [],
        1: [],
        3: ["generated/dense.flash", "generated/dense.ram", "generated/dense.flash.ram"],
        4: [],
    }


def test_a_layer_that_a_generator_cannot_take_is_refused_with_a_reason() -> None:
    net = NetworkBuilder()
    rows, dense_rows = (net.activation((2, size), "int8", scale=0.5) for size in (4, 3))
    weights = net.constant(np.ones((3, 4), np.int8), scales=(0.1,))
    options = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
    net.layer("FULLY_CONNECTED", [rows, weights], [dense_rows], **options)
    graph = net.finish([rows], [dense_rows])
    found = lower_layer(graph.view(graph.layers[0]), find_generators(GENERATED), CORE)
    assert found == (Refusal("generated/dense", "is for one row of int8, on a cortex-m4 too"),)


def test_the_layer_alone_is_lowered_to_the_same() -> None:
    alone = GRAPH.only(GRAPH.layers[DENSE])
    found = implementations(lower_layer(alone.view(alone.layers[0]), find_generators(GENERATED), CORE))
    assert [item.digest for item in found] == [dense("flash").digest, dense("ram").digest]


@pytest.mark.parametrize(
    "change",
    [
        {"scratch_bytes": 4},
        {"in_place": True},
        {"function": "other"},
        {"code": replace(dense().code, text="other")},  # type: ignore[arg-type]
        {"code": replace(dense().code, optimize="-Os")},  # type: ignore[arg-type]
        {"arguments": dense().arguments[:2]},
        {"arguments": dense("ram").arguments},
    ],
)
def test_everything_but_comments_is_in_the_digest(change: dict) -> None:
    item = dense()
    assert replace(item, **change).digest != item.digest
    commented = tuple(
        replace(argument, comment="told otherwise") if hasattr(argument, "comment") else argument
        for argument in item.arguments
    )
    assert replace(item, arguments=commented).digest == item.digest


def test_another_lowering_than_the_measured_one_is_our_bug() -> None:
    providers = find_generators(GENERATED)
    item = dense()
    assert lower_again(GRAPH, {DENSE: (item.name, item.digest)}, providers, CORE) == {DENSE: item}
    with pytest.raises(
        InternalError, match=r"dense\.flash was chosen for layer 3, and has another digest now"
    ):
        lower_again(GRAPH, {DENSE: (item.name, "0" * 64)}, providers, CORE)
    with pytest.raises(InternalError, match=r"dense\.slow was chosen for layer 3, and cannot run it now"):
        lower_again(GRAPH, {DENSE: ("generated/dense.slow", item.digest)}, providers, CORE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / 0\n", r"mine/wrong\.py: cannot be loaded: ZeroDivisionError"),
        ("import not_there\n", r"mine/wrong\.py: cannot be loaded: ModuleNotFoundError"),
        ("GENERATOR = 1\n", r"mine/wrong\.py: does not end with GENERATOR = \.\.\."),
        ("", r"mine/wrong\.py: does not end with GENERATOR = \.\.\."),
    ],
)
def test_a_file_that_is_no_generator_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        find_generators(write_set(tmp_path / "mine", wrong=text))


def test_a_generator_keeps_to_the_ceiling_of_the_operator() -> None:
    """A generated kernel may be no less accurate than a declared one: int8 is compared byte by byte."""
    (dense_generator,) = find_generators(GENERATED)

    class Careless(Generator):
        def lower(self, view: LayerView, core: Core) -> list[Lowered]:
            return [replace(item, max_ulps=1) for item in dense_generator.generator.lower(view, core)]

    provider = replace(dense_generator, generator=Careless())
    with pytest.raises(RecordError, match=r"dense\.py: schedule 'flash': max_ulps: found 1 ulps, the limit"):
        list(provider.lower(GRAPH.view(GRAPH.layers[DENSE]), CORE))


def test_helpers_of_two_sets_do_not_mix(tmp_path: Path) -> None:
    own = "from _text import listed\nfrom scons_tinyml.stages.lowering.generators import Generator\n"
    own += "class Own(Generator):\n    def lower(self, view, core):\n        return listed()\nGENERATOR = Own()\n"
    folder = write_set(tmp_path / "mine", _text="def listed():\n    return ['mine']\n", own=own)
    assert find_generators(GENERATED)[0].name == "generated/dense"
    (mine,) = find_generators(folder)
    assert mine.generator.lower(GRAPH.view(GRAPH.layers[0]), CORE) == ["mine"]


def test_a_generator_may_have_records_of_its_own(tmp_path: Path) -> None:
    own = "from __future__ import annotations\nfrom dataclasses import dataclass\n"
    own += "from scons_tinyml.stages.lowering.generators import Generator\n"
    own += "@dataclass(frozen=True)\nclass Own(Generator):\n    rows: int = 3\n"
    own += "    def lower(self, view, core):\n        return [self.rows]\nGENERATOR = Own()\n"
    (mine,) = find_generators(write_set(tmp_path / "mine", own=own))
    assert mine.generator.lower(GRAPH.view(GRAPH.layers[0]), CORE) == [3]


def test_the_code_is_part_of_the_keys_and_weights_in_ram_are_another_memory(tmp_path: Path) -> None:
    if shutil.which(COMPILER) is None:
        pytest.skip(f"{COMPILER} is not on PATH")
    sources = sources_of(tmp_path)
    identity = Identity(BOARD, find_toolchain(), sources, "an oracle")
    view = GRAPH.view(GRAPH.layers[DENSE])
    flash, ram = (identity.cost(view, dense(schedule)) for schedule in ("flash", "ram"))
    assert flash.memory != ram.memory
    other = replace(dense(), code=replace(dense().code, text="other"))  # type: ignore[arg-type]
    assert identity.cost(view, other).digest != flash.digest
    assert identity.proof("layer", other).digest != identity.proof("layer", dense()).digest


def with_weights(data: bytes, *, timed: bool) -> Implementation:
    columns = ConstantData("columns", "int8_t", data, timed=timed)
    return replace(dense(), arguments=(Input(0), columns, Output(0)))


@NEEDS_COMPILER
def test_layers_share_a_row_where_weights_take_no_time_and_never_a_proof(tmp_path: Path) -> None:
    identity = Identity(BOARD, find_toolchain(), sources_of(tmp_path), "an oracle")
    view = GRAPH.view(GRAPH.layers[DENSE])
    for timed in (False, True):
        one, two, longer = (with_weights(data, timed=timed) for data in (bytes(6), bytes(5) + b"1", bytes(7)))
        costs = [identity.cost(view, item).digest for item in (one, two, longer)]
        assert (costs[0] == costs[1], costs[0] == costs[2]) == (not timed, False)
        assert len({identity.proof("layer", item).digest for item in (one, two, longer)}) == 3


def sources_of(folder: Path) -> KernelSources:
    """The set of this test beside the reference kernels."""
    kernels = folder / "kernels"
    kernels.mkdir()
    for source in (ROOT / "kernels" / "include", ROOT / "kernels" / "reference", GENERATED):
        (kernels / source.name).symlink_to(source)
    return KernelSources.read([kernels])


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> ImageBuilder:
    """The board with the reference kernels of the network as an archive."""
    folder = tmp_path_factory.mktemp("generated")
    toolchain = find_toolchain()
    (folder / "startup.c").write_text(startup_code(BOARD))
    include = (ROOT / "kernels" / "include",)
    made = ImageBuilder(BOARD, toolchain, include, folder / "startup.o", (), folder)
    names = ("conv_2d_int8", "depthwise_conv_2d_int8", "fully_connected_int8", "softmax_int8")
    for name in names:
        shutil.copy(ROOT / "kernels" / "reference" / f"{name}.c", folder)
    for header in (ROOT / "kernels" / "reference").glob("*.h"):
        shutil.copy(header, folder)
    _, *objects = made.compile(["startup.c", *(f"{name}.c" for name in names)])
    return replace(made, archives=tuple(objects))


@NEEDS_COMPILER
@pytest.mark.parametrize("schedule", ["flash", "ram"])
def test_it_runs_alone_as_the_reference_kernel_does(
    builder: ImageBuilder, tmp_path: Path, schedule: str
) -> None:
    alone = GRAPH.only(GRAPH.layers[DENSE])
    given = bytes(range(150))
    reference = next(
        item
        for item in implementations(
            lower_layer(GRAPH.view(GRAPH.layers[DENSE]), sources_of(tmp_path).providers, CORE)
        )
        if item.set_name == "reference"
    )
    expected = outputs(builder, alone, reference, given, tmp_path / "reference")
    job = BenchJob(LayerBench(alone, dense(schedule), (Sample((given,), expected),)), builder, timing=True)
    result = run_bench(job)
    assert (result.fault, result.differing_bytes, result.compared_bytes) == (None, 0, 5)
    assert result.cycles > 0


WRONG_CODE = {
    "does not restore r5": (("mov", "r5", 1),),
    "does not restore s16": (("vmov", "s16", "r0"),),
    "does not restore sp": (("ldr", "r3", "[sp]"), ("str", "r3", "[sp, #-8]!")),
    "writes to the arena outside of its output and scratch, at byte": (
        ("mvn", "r3", 0),
        ("strb", "r3", "[r0]"),
    ),
    "writes beyond the 0 bytes of scratch": (("mvn", "r1", 0), ("strb", "r1", "[r3]")),
}


@NEEDS_COMPILER
@pytest.mark.parametrize(("fault", "code"), WRONG_CODE.items(), ids=WRONG_CODE)
def test_what_a_kernel_must_leave_is_watched(builder: ImageBuilder, fault: str, code) -> None:
    """A function that breaks the rules of calls, or writes elsewhere, is found though its bytes may be right."""
    alone = GRAPH.only(GRAPH.layers[DENSE])
    asm = Assembler("Wrong", ("const int8_t *input", "int8_t *output", "const int8_t *none", "void *scratch"))
    for instruction in code:
        asm(*instruction)
    wrong = asm.finish("wrong")
    item = Implementation("wrong", wrong.function, wrong.code, (Input(0), Output(0), Absent(), Scratch()))
    bench = LayerBench(alone, item, (Sample((bytes(150),), (bytes(5),)),))
    result = run_bench(BenchJob(bench, builder, timing=False))
    assert fault in str(result.fault)


def outputs(builder, graph, item, given: bytes, folder: Path) -> tuple[bytes, ...]:
    folder.mkdir()
    memory = plan_memory(graph, {})
    elf = build_image(replace(builder, folder=folder), graph, memory, {0: item})
    return NetworkImage(BOARD, elf, NAME, graph, memory.offsets, timing=False).infer([given]).outputs


@NEEDS_COMPILER
@pytest.mark.parametrize(
    "choice", ["reference/fully_connected_int8", "generated/dense.flash", "generated/dense.ram"]
)
def test_flash_and_ram_of_every_layout_are_foreseen(
    builder: ImageBuilder, tmp_path: Path, choice: str
) -> None:
    sources = sources_of(tmp_path)
    lowered = lower(GRAPH, sources.providers, CORE)
    seen = footprint(replace(builder, folder=tmp_path / "seen"), GRAPH, lowered)
    chosen = {
        layer: next(item for item in implementations(items) if layer != DENSE or item.name == choice)
        for layer, items in lowered.items()
    }
    memory = plan_memory(GRAPH, {layer: item.scratch_bytes for layer, item in chosen.items()})
    elf = build_image(replace(builder, folder=tmp_path / "image"), GRAPH, memory, chosen)
    sizes = image_sizes(read_image(elf), BOARD, NAME, memory.arena_bytes)
    names = {layer: item.name for layer, item in chosen.items()}
    assert abs(seen.flash(names) - sizes.flash_bytes) <= FLASH_MARGIN_BYTES
    assert seen.ram(names) == sizes.data_bytes + sizes.bss_bytes
    assert (sizes.data_bytes > 700) == (choice == "generated/dense.ram")


def test_two_functions_of_one_name_are_our_bug() -> None:
    items = {layer: dense() for layer in (0, 1, 3, 4)}
    other = replace(dense(), code=replace(dense().code, text="other"))  # type: ignore[arg-type]
    with pytest.raises(InternalError, match="gives two different functions the name dense_flash_"):
        generate(GRAPH, plan_memory(GRAPH, {}), {**items, 4: other}, "n")
