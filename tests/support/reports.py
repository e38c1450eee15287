"""A report with every part filled in, and functions to change it."""

from __future__ import annotations

from typing import Any

from scons_tinyml.records.firmware_report import FirmwareReport, NetworkReport, PartUse
from scons_tinyml.records.report import (
    UNITS,
    Accuracy,
    Agreement,
    ArenaUse,
    BitExactness,
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
)

LAYERS = (
    LayerReport(
        index=0,
        name="conv",
        operator="CONV_2D",
        macs=60_000,
        kernel="reference/conv_2d_int8",
        cycles=600_000,
        weight_bytes=3_000,
        scratch_bytes=512,
        rejected=(
            Rejected(kernel="cmsis_nn/conv_2d_int8", reason="is not in kernels=reference", cycles=100_000),
        ),
    ),
    LayerReport(
        index=1,
        name="reshape",
        operator="RESHAPE",
        macs=0,
        kernel=None,
        cycles=0,
        weight_bytes=0,
        scratch_bytes=0,
    ),
    LayerReport(
        index=2,
        name="model/a_very_long_name/of_a_layer/that_a_converter_made",
        operator="FULLY_CONNECTED",
        macs=20_000,
        kernel="reference/fully_connected_int8",
        cycles=200_000,
        weight_bytes=17_000,
        scratch_bytes=0,
    ),
)

REPORT = Report(
    target="stm32l1",
    part="STM32L152RE",
    core="cortex-m3",
    clock_hz=32_000_000,
    model="cats",
    quantization="int8",
    verdict="pass",
    findings=(),
    limits={
        "flash": LimitInForce(value=524_288, unit="bytes", source="capacity of stm32l1"),
        "ram": LimitInForce(value=12_288, unit="bytes", source="models/cats/model.toml: budgets"),
    },
    flash_bytes=30_000,
    ram_bytes=10_000,
    cycles=800_000,
    instructions=700_000,
    latency_s=Latency(
        value=0.025, low=0.024, high=0.027, evidence="emulator", band="compared with eight images"
    ),
    accuracy=Accuracy(
        metric="balanced accuracy", samples=1000, float=0.91, int8=0.9, drop=0.01, deployed=0.9
    ),
    layers=LAYERS,
    flash=FlashUse(
        code_bytes=8_000,
        weight_bytes=20_000,
        other_bytes=2_000,
        sections={".text": 8_000, ".rodata": 21_000},
        functions={"tinyml_reference_conv_2d_int8": 1_200},
    ),
    ram=RamUse(data_bytes=16, bss_bytes=84, arena_bytes=9_000, stack_bytes=900),
    regions=(
        RegionUse(name="FLASH", kind="flash", used_bytes=30_000, size_bytes=524_288),
        RegionUse(name="RAM", kind="ram", used_bytes=10_000, size_bytes=81_920),
    ),
    memory_plan=ArenaUse(
        arena_bytes=9_000,
        lower_bound_bytes=8_976,
        peak=(
            Share(name="output of layer 0 (CONV_2D)", value=7_680, percent=85.6),
            Share(name="input of the network", value=784, percent=8.7),
            Share(name="scratch of layer 0 (CONV_2D)", value=512, percent=5.7),
        ),
    ),
    agreement=Agreement(sum_of_layers_cycles=800_000, run_cycles=800_000, ratio=1),
    bit_exact=BitExactness(oracle="tflite-micro 1", samples=4, compared_bytes=8, differing_bytes=0),
    provenance=Provenance(
        scons_tinyml="0.1.0",
        compiler="arm-none-eabi-gcc 12.2.1",
        timing_model="cortex-m3 1",
        kernel_sources={"reference": "this project"},
    ),
)


def report_with(**changes: Any) -> Report:
    """Return REPORT with other values, which are validated."""
    return Report.model_validate({**REPORT.model_dump(by_alias=True), **changes})


def limited(resource: str, value: float, **changes: Any) -> Report:
    """Return REPORT with one more limit, set by 'command line'."""
    unit = UNITS.get(resource, "fraction")
    limits = {name: limit.model_dump() for name, limit in REPORT.limits.items()}
    return report_with(
        limits={**limits, resource: {"value": value, "unit": unit, "source": "command line"}}, **changes
    )


def network(name: str, **changes: object) -> NetworkReport:
    """Return a network of a firmware, whose report has `changes`."""
    report = report_with(model=name, **changes)
    return NetworkReport(name=name, measured=f"{name}_invoke", interrupt_cycles=0, report=report)


def firmware(*networks: NetworkReport, **changes: object) -> FirmwareReport:
    """Return a report of a firmware of `networks`, with `changes`."""
    return FirmwareReport(
        **{
            "firmware": "doorbell",
            **{
                key: getattr(REPORT, key)
                for key in ("target", "part", "core", "clock_hz", "flash", "ram", "provenance")
            },
            "arena": "own",
            "own_sources": True,
            "stack_is_known": True,
            "verdict": "pass",
            "findings": (),
            "limits": {},
            "regions": (),
            "networks": networks,
            "flash_bytes": 50_000,
            "ram_bytes": 9_000,
            "parts": {name: PartUse(flash_bytes=9_000, ram_bytes=900) for name in ("kws", "rest")},
            **changes,
        }
    )
