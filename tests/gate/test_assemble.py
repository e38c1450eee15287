from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.records.report import (
    Accuracy,
    Agreement,
    ArenaBlock,
    ArenaUse,
    BitExactness,
    CodeBand,
    EnergyUse,
    FlashSymbol,
    FlashUse,
    FunctionCycles,
    Latency,
    LayerReport,
    LimitInForce,
    MultiplyBound,
    Provenance,
    RamUse,
    RegionUse,
    Rejected,
    Report,
    Share,
    TensorReport,
)
from scons_tinyml.stages.gate.assemble import assemble
from scons_tinyml.stages.gate.multiply import multiply_bound

ROOT = Path(__file__).parents[2]


CURRENTS = ("voltage", "run_current", "sleep_current")


def test_whole_report(build):
    assert assemble(build) == Report(
        target="stm32l4",
        part="STM32L475VG",
        core="cortex-m4f",
        clock_hz=80_000_000,
        model="tiny",
        quantization="int8",
        verdict="pass",
        findings=(),
        limits={
            "flash": LimitInForce(value=1_048_576, unit="bytes", source="capacity of stm32l4"),
            "latency": LimitInForce(value=0.04, unit="seconds", source="command line"),
        },
        flash_bytes=5000,
        ram_bytes=8 + 16 + 48 + 256,
        cycles=800,
        instructions=700,
        latency_s=Latency(
            value=1e-5,
            low=9e-6,
            high=1.25e-5,
            evidence="emulator",
            measured_by="cortex-m4 3",
            band="compared with eight images",
        ),
        energy=EnergyUse(
            voltage_v=3.0,
            run_current_a=8e-3,
            sleep_current_a=1.4e-6,
            joules=3.0 * 8e-3 * 1e-5,
            low_joules=3.0 * 8e-3 * 9e-6,
            high_joules=3.0 * 8e-3 * 1.25e-5,
            source="; ".join(build.board.sources[f"supply.{key}"] for key in CURRENTS),
        ),
        accuracy=Accuracy(
            metric="balanced accuracy", samples=500, float=0.91, int8=0.9, drop=0.01, deployed=0.9
        ),
        accuracy_absent=None,
        inputs=(
            TensorReport(
                name="image",
                accessor="tiny_input",
                type="int8",
                shape=(1, 2, 2),
                scale=0.5,
                zero_point=0,
            ),
        ),
        outputs=(
            TensorReport(
                name="classes",
                accessor="tiny_output",
                type="int8",
                shape=(1, 3),
                scale=0.5,
                zero_point=0,
            ),
        ),
        layers=(
            LayerReport(
                index=0,
                name="flatten",
                operator="RESHAPE",
                macs=0,
                kernel=None,
                cycles=0,
                weight_bytes=0,  # its shape is a parameter
                scratch_bytes=0,
                inputs=(-1,),
                output="flat",
                type="int8",
                shape=(1, 4),
            ),
            LayerReport(
                index=1,
                name="dense",
                operator="FULLY_CONNECTED",
                macs=12,
                kernel="cmsis_nn/fully_connected_int8",
                cycles=790,
                weight_bytes=24,
                scratch_bytes=10,
                inputs=(0,),
                output="classes",
                type="int8",
                shape=(1, 3),
                rejected=(
                    Rejected(
                        kernel="reference/fully_connected_int8",
                        reason="slower: 900 cycles against 790",
                        cycles=900,
                    ),
                ),
                code=CodeBand(kind="integer, weights read once", low=-0.1, high=0.25, comparisons=8),
            ),
        ),
        functions=(
            FunctionCycles(name="function_19", cycles=700, instructions=600, calls=1),
            FunctionCycles(name="tiny_invoke", cycles=100, instructions=100, calls=1),
        ),
        multiply_bound=MultiplyBound(instructions="smlad", cycles=1, macs=2),
        flash=FlashUse(
            code_bytes=4000,
            weight_bytes=24,
            other_bytes=976,
            sections={".text": 4000, ".rodata": 900},
            functions={f"function_{number:02}": number for number in range(19, -1, -1)},
            symbols=(
                FlashSymbol(name="tiny_dense_filter", flash_bytes=512, use="weights", layers=(1,)),
                FlashSymbol(name="vectors", flash_bytes=400, use="other"),
                FlashSymbol(name="dense_params", flash_bytes=84, use="network", layers=(1,)),
                FlashSymbol(
                    name="function_19", flash_bytes=19, use="kernel", kernel_set="cmsis_nn", layers=(1,)
                ),
                *(
                    FlashSymbol(name=f"function_{number:02}", flash_bytes=number, use="other")
                    for number in range(18, 0, -1)
                ),
            ),
        ),
        ram=RamUse(data_bytes=8, bss_bytes=16, arena_bytes=48, stack_bytes=256),
        regions=(
            RegionUse(name="FLASH", kind="flash", used_bytes=5000, size_bytes=1_048_576),
            RegionUse(name="SRAM1", kind="ram", used_bytes=72, size_bytes=98_304),
            RegionUse(name="SRAM2", kind="ram", used_bytes=256, size_bytes=32_768),
        ),
        memory_plan=ArenaUse(
            arena_bytes=48,
            lower_bound_bytes=48,
            peak=(
                Share(name="input of the network", value=16, percent=33.3),
                Share(name="output of layer 1 (FULLY_CONNECTED)", value=16, percent=33.3),
                Share(name="scratch of layer 1 (FULLY_CONNECTED)", value=16, percent=33.3),
            ),
            peak_layer=1,
            blocks=(
                ArenaBlock(
                    name="input of the network",
                    kind="tensor",
                    first=-1,
                    last=1,
                    offset_bytes=0,
                    size_bytes=16,
                ),
                ArenaBlock(
                    name="output of layer 1 (FULLY_CONNECTED)",
                    kind="tensor",
                    first=1,
                    last=2,
                    offset_bytes=16,
                    size_bytes=16,
                ),
                ArenaBlock(
                    name="scratch of layer 1 (FULLY_CONNECTED)",
                    kind="scratch",
                    first=1,
                    last=1,
                    offset_bytes=32,
                    size_bytes=16,
                ),
            ),
        ),
        agreement=Agreement(sum_of_layers_cycles=790, run_cycles=800, ratio=0.9875),
        bit_exact=BitExactness(oracle="tflite-micro 1", samples=2, compared_bytes=6, differing_bytes=0),
        provenance=Provenance(scons_tinyml="0.1.0", compiler="gcc 12", timing_model="cortex-m4 3"),
    )


@pytest.mark.parametrize(("quantization", "deployed"), [("int8", 0.9), ("float", 0.91)])
def test_deployed_accuracy_is_that_of_the_network_in_the_image(build, quantization, deployed):
    assert assemble(replace(build, quantization=quantization)).accuracy.deployed == deployed


def test_a_version_that_was_not_evaluated_has_no_drop(build):
    metrics = (replace(build.evaluation.metrics[0], of_int8=None),)
    evaluation = replace(build.evaluation, metrics=metrics)
    accuracy = assemble(replace(build, quantization="float", evaluation=evaluation)).accuracy
    assert (accuracy.float_, accuracy.int8, accuracy.drop, accuracy.deployed) == (0.91, None, None, 0.91)


def test_no_accuracy_says_why(build):
    report = assemble(replace(build, evaluation="it was given as a file"))
    assert (report.accuracy, report.accuracy_absent) == (None, "it was given as a file")


def test_findings_decide_the_verdict(build):
    report = assemble(replace(build, run=replace(build.run, differing_bytes=1)))
    assert ([finding.kind for finding in report.findings], report.verdict) == (["bit_exactness"], "fail")


def test_the_clock_changes_seconds_and_no_cycles(build):
    slow = replace(build, board=build.board.model_copy(update={"clock": 8_000_000}))
    before, after = assemble(build), assemble(slow)
    assert after.cycles == before.cycles
    assert after.latency_s.value == pytest.approx(10 * before.latency_s.value)


@pytest.mark.parametrize(
    ("board", "quantization", "bound"),
    [
        ("stm32l1", "int8", ("mla", 2, 1)),
        ("stm32l4", "int8", ("smlad", 1, 2)),
        ("stm32l4", "float", ("vfma.f32", 3, 1)),
        ("rp2040", "int8", ("muls and adds", 2, 1)),
        ("rp2040", "float", None),
    ],
)
def test_a_multiply_accumulate_costs_what_the_manual_says(board, quantization, bound):
    """DDI 0337I table 3-1, DDI 0439D tables 3-1 and 7-1, DDI 0484C table 3-1."""
    found = multiply_bound(read_board(ROOT / "boards" / f"{board}.toml"), quantization)
    assert bound == (None if found is None else (found.instructions, found.cycles, found.macs))


@pytest.mark.parametrize("board", sorted(path.stem for path in (ROOT / "boards").glob("*.toml")))
def test_no_core_multiplies_for_nothing(board):
    found = multiply_bound(read_board(ROOT / "boards" / f"{board}.toml"), "int8")
    assert 0.5 <= found.cycles_per_mac <= 2
