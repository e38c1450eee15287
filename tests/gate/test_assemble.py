from dataclasses import replace

import pytest

from scons_tinyml.records.report import (
    Accuracy,
    Agreement,
    ArenaUse,
    BitExactness,
    CodeBand,
    FlashUse,
    Latency,
    LayerReport,
    LimitInForce,
    Provenance,
    RamUse,
    RegionUse,
    Rejected,
    Report,
    Share,
    TensorReport,
)
from scons_tinyml.stages.gate.assemble import assemble


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
        flash=FlashUse(
            code_bytes=4000,
            weight_bytes=24,
            other_bytes=976,
            sections={".text": 4000, ".rodata": 900},
            functions={f"function_{number:02}": number for number in range(19, -1, -1)},
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
