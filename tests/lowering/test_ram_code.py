"""Code in RAM is a variant of generated functions, for cores whose code comes from a serial flash."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.records.placement import place
from scons_tinyml.stages.firmware.image import ImageBuilder
from scons_tinyml.stages.firmware.render import startup_code
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.footprint.link import footprint
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import (
    ConstantData,
    GeneratedCode,
    Implementation,
    Input,
    Output,
    Refusal,
    implementations,
)
from scons_tinyml.stages.lowering.lower import lower, lower_again
from scons_tinyml.stages.lowering.ram_code import with_ram_code
from scons_tinyml.stages.measure.bench import BenchJob, LayerBench, run_bench
from scons_tinyml.stages.measure.sample import Sample
from support.generated_layers import GENERATORS
from support.kernel_calls import KERNELS
from support.oracle import run_oracle
from support.tflite_builder import NetworkBuilder

BOARDS = Path(__file__).parents[2] / "boards"
BASE = Implementation(
    "made/row",
    "row_12ab",
    GeneratedCode("void row_12ab(void)", "void row_12ab(void) { row_12ab(); }"),
    (Input(0), ConstantData("weights", "int8_t", bytes(200)), Output(0)),
)


def test_the_variant_has_a_name_and_a_section_of_its_own() -> None:
    refusal = Refusal("made/other", "is for floats")
    *found, variant = with_ram_code([BASE, refusal])
    assert found == [BASE, refusal]
    assert isinstance(variant, Implementation)
    assert (variant.name, variant.function, variant.base) == ("made/row.ramcode", "row_12ab_ram", "made/row")
    assert isinstance(variant.code, GeneratedCode)
    assert variant.code.text == "void row_12ab_ram(void) { row_12ab_ram(); }"
    assert 'section(".tinyml_code.row_12ab_ram")' in variant.code.declaration
    assert variant.depends_on_ram
    assert not BASE.depends_on_ram


def test_it_is_measured_and_proven_on_its_own_as_its_object_differs() -> None:
    _, variant = with_ram_code([BASE])
    assert isinstance(variant, Implementation)
    assert len({BASE.code_digest, variant.code_digest}) == 2
    assert variant.proof_digest == variant.digest


def test_cores_behind_a_serial_flash_try_it() -> None:
    tried = {
        name
        for name in ("rp2040", "rp2350", "imxrt1062", "stm32l4r5", "samd21")
        if core_of(name).tries_ram_code
    }
    assert tried == {"rp2040", "rp2350", "imxrt1062"}


def test_the_variant_has_a_section_of_its_own_where_data_runs_no_code() -> None:
    regions = {
        name: place(read_board(BOARDS / f"{name}.toml"), 0).code_section for name in ("rp2350", "imxrt1062")
    }
    assert regions["rp2350"] is None
    assert regions["imxrt1062"] is not None
    assert regions["imxrt1062"].name == "ITCM"


def core_of(board: str) -> Core:
    return Core.of(read_board(BOARDS / f"{board}.toml"))


@pytest.mark.parametrize("name", ["rp2350", "imxrt1062"])
def test_code_in_ram_gives_the_oracles_bytes_in_fewer_cycles(tmp_path: Path, name: str) -> None:
    board = read_board(BOARDS / f"{name}.toml")
    net = NetworkBuilder()
    first, second, output = (net.activation((1, 4, 4, 9), "int8", scale=0.05, zero_point=3) for _ in range(3))
    net.layer("ADD", [first, second], [output], fused_activation_function="RELU")
    graph = net.finish([first, second], [output])
    found = {item.name: item for item in implementations(lower(graph, GENERATORS, Core.of(board))[0])}
    assert list(found) == ["generated/add", "generated/add.ramcode"]
    chosen = found["generated/add.ramcode"]
    assert lower_again(graph, {0: (chosen.name, chosen.digest)}, GENERATORS, Core.of(board)) == {0: chosen}
    values = [
        np.random.default_rng(seed).integers(-128, 128, (1, 4, 4, 9)).astype(np.int8) for seed in (1, 2)
    ]
    sample = Sample(tuple(one.tobytes() for one in values), (run_oracle(graph, values).tobytes(),))
    (tmp_path / "startup.c").write_text(startup_code(board))
    builder = ImageBuilder(
        board, find_toolchain(), (KERNELS / "include",), tmp_path / "startup.o", (), tmp_path
    )
    builder.compile(["startup.c"])
    benches = [LayerBench(graph, item, (sample,)) for item in found.values()]
    taken = footprint(builder, graph, {0: tuple(found.values())})
    own = {name: [taken.parts[part] for part in taken.layers[0][name]] for name in found}
    assert sum(part.ram_bytes for part in own["generated/add"]) == 0
    assert sum(part.ram_bytes for part in own["generated/add.ramcode"]) > 100
    in_flash, in_ram = (run_bench(BenchJob(bench, builder, timing=True)) for bench in benches)
    assert [(one.fault, one.differing_bytes) for one in (in_flash, in_ram)] == [(None, 0)] * 2
    assert in_ram.cycles < 0.7 * in_flash.cycles
