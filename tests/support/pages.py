"""Views of reports with all that a page shows, and the figures of pages in a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from scons_tinyml.records.firmware_report import FirmwareReport, FirmwareSymbol, PartUse
from scons_tinyml.records.frontier import Frontier, FrontierPoint
from scons_tinyml.records.history import history_line
from scons_tinyml.records.matrix import BoardJudged, BoardNotJudged, Matrix, Tightest
from scons_tinyml.records.remedies import Kernels, OtherBoard, Remedies
from scons_tinyml.records.report import (
    ArenaBlock,
    EnergyUse,
    FlashSymbol,
    FunctionCycles,
    MultiplyBound,
    ProjectState,
    Report,
    verdict,
)
from scons_tinyml.reports.beside import FLAME_GRAPH, Beside
from scons_tinyml.reports.of_report import view_of
from scons_tinyml.reports.view import View
from scons_tinyml.stages.gate.checks import check
from support.qualities import quality
from support.reports import LAYERS, REPORT, firmware, network, report_with

PATH = Path("build/stm32l1/cats/report.json")
EDGES = (
    {"inputs": (-1,), "shape": (1, 8, 8, 4), "type": "int8"},
    {"inputs": (0,), "shape": (1, 256), "type": "int8"},
    {"inputs": (1, 0), "shape": (1, 2), "type": "int8"},
)


def several() -> FirmwareReport:
    """Return a report of a firmware of two networks, with the symbols of the image."""
    sizes = {"kws": 21_000, "wake": 9_000, "kernels": 8_000, "rest": 6_000}
    symbols = [
        FirmwareSymbol(name=f"{part}_{name}", part=part, flash_bytes=size // share)
        for part, size in sizes.items()
        for name, share in (("weights", 2), ("invoke", 5), ("small", 2_000))
    ]
    parts = {part: PartUse(flash_bytes=size, ram_bytes=900) for part, size in sizes.items()}
    return firmware(network("kws"), network("wake"), flash_bytes=45_000, parts=parts, symbols=symbols)


def whole(name: str = "", **changes: Any) -> Report:
    """Return a report that has a figure in all places of a page; names of layers and symbols begin with `name`."""
    layers = [
        layer.model_copy(update={**edge, "name": f"{name}{layer.name}", "output": f"{name}{layer.name}"})
        for layer, edge in zip(LAYERS, EDGES, strict=True)
    ]
    symbols = (
        FlashSymbol(name=f"{name}cats_fully_filter", flash_bytes=17_000, use="weights", layers=(2,)),
        FlashSymbol(name=f"{name}cats_conv_filter", flash_bytes=3_000, use="weights", layers=(0,)),
        FlashSymbol(
            name="tinyml_reference_conv_2d_int8",
            flash_bytes=1_200,
            use="kernel",
            kernel_set="reference",
            layers=(0,),
        ),
        FlashSymbol(name="cats_invoke", flash_bytes=300, use="network"),
        FlashSymbol(name="memcpy", flash_bytes=200, use="other"),
        FlashSymbol(name="Default_Handler", flash_bytes=2, use="other"),
    )
    blocks = (
        ArenaBlock(
            name="input of the network", kind="tensor", first=-1, last=0, offset_bytes=0, size_bytes=784
        ),
        ArenaBlock(name=f"{name}output", kind="tensor", first=0, last=2, offset_bytes=784, size_bytes=7_680),
        ArenaBlock(name="scratch", kind="scratch", first=0, last=0, offset_bytes=8_464, size_bytes=512),
        ArenaBlock(name="output of layer 2", kind="tensor", first=2, last=3, offset_bytes=0, size_bytes=16),
    )
    functions = (
        FunctionCycles(name="tinyml_reference_conv_2d_int8", cycles=600_000, instructions=500_000, calls=1),
        FunctionCycles(name=f"{name}memcpy", cycles=190_000, instructions=180_000, calls=300),
    )
    given = {
        "layers": layers,
        "flash": REPORT.flash.model_copy(update={"symbols": symbols}),
        "memory_plan": REPORT.memory_plan.model_copy(update={"blocks": blocks, "peak_layer": 0}),
        "functions": functions,
        "multiply_bound": MultiplyBound(instructions="mla", cycles=2, macs=1),
        "energy": EnergyUse(
            voltage_v=3,
            run_current_a=0.01,
            sleep_current_a=1e-6,
            joules=0.00075,
            low_joules=0.00072,
            high_joules=0.00081,
            source=f"{name}data sheet",
        ),
        "project": ProjectState(commit="0123456789abcdef", dirty=False, built="2026-11-29T22:00:00Z"),
        "packs": (),
    }
    return report_with(**{**given, **changes})


def failing(name: str = "") -> Report:
    """Return such a report over two limits, with a warning and remedies."""
    report = whole(name, agreement={"sum_of_layers_cycles": 760_000, "run_cycles": 800_000, "ratio": 0.95})
    values = report.model_dump(by_alias=True)
    for resource, value, unit in (("latency", 0.026, "seconds"), ("accuracy", 0.95, "fraction")):
        values["limits"][resource] = {"value": value, "unit": unit, "source": f"{name}command line"}
    report = Report.model_validate(values)
    boards = (OtherBoard(board=f"{name}fast", outcome="would pass", text="2.00 ms"),)
    remedies = Remedies(kernels=Kernels(outcome="misses", text=f"{name}no choice of kernels"), boards=boards)
    findings = check(report)
    return report.model_copy(
        update={"findings": findings, "verdict": verdict(findings), "remedies": remedies}
    )


def beside(report: Report, name: str = "") -> Beside:
    """Return the other files of the build of `report`."""
    other = report.model_copy(update={"quantization": "float", "flash_bytes": 50_000})
    return Beside(
        other=other,
        quality=quality(name),
        flame_graph=FLAME_GRAPH,
        frontier=_frontier(report),
        matrix=_matrix(report, name),
    )


def _frontier(report: Report) -> Frontier:
    chosen = {layer.index: layer.kernel for layer in report.layers if layer.kernel}
    choices = ((800_000, 30_000, 9_100, chosen), (900_000, 29_000, 9_000, {0: "reference/other"}))
    points = tuple(
        FrontierPoint(
            cycles=cycles,
            slow_cycles=cycles,
            flash_bytes=flash,
            ram_bytes=ram,
            arena_bytes=9_000,
            added_bytes=0,
            latency_s=cycles / report.clock_hz,
            within_budgets=kernels == chosen,
            kernels=kernels,
        )
        for cycles, flash, ram, kernels in choices
    )
    return Frontier(
        target=report.target, model=report.model, clock_hz=report.clock_hz, cut=True, points=points
    )


def _matrix(report: Report, name: str) -> Matrix:
    judged = BoardJudged(
        board=f"{name}stm32l1",
        exit_code=2,
        reasons=("RAM is too small",),
        verdict="fail",
        part="STM32L152RE",
        core="cortex-m3",
        clock_hz=32_000_000,
        cycles=800_000,
        latency_s=report.latency_s,
        flash_bytes=30_000,
        ram_bytes=13_000,
        limits=report.limits,
        regions=report.regions,
        tightest=Tightest(name="RAM", share=1.05),
        report="build/stm32l1/cats/report.json",
    )
    absent = BoardNotJudged(board="new", exit_code=1, reasons=(f"{name}not measured",))
    return Matrix(model=report.model, exit_code=2, boards=(judged, absent))


def long() -> Report:
    """Return a report of 1,000 layers in a chain, every tenth with a connection that skips some."""
    layers = [
        LAYERS[0].model_copy(
            update={
                "index": index,
                "name": f"model/block_{index}/conv",
                "inputs": (index - 1, index - 8) if index % 10 == 9 else (index - 1,),
                "cycles": 800 + index,
                "shape": (1, 8, 8, 4),
                "type": "int8",
            }
        )
        for index in range(1000)
    ]
    blocks = tuple(
        ArenaBlock(
            name=f"output of layer {index}",
            kind="tensor",
            first=index,
            last=index + 1,
            offset_bytes=1_000 * (index % 2),
            size_bytes=1_000,
        )
        for index in range(1000)
    )
    symbols = tuple(
        FlashSymbol(name=f"cats_block_{index}_filter", flash_bytes=30, use="weights", layers=(index,))
        for index in range(256)
    )
    return whole(
        layers=layers,
        memory_plan=REPORT.memory_plan.model_copy(update={"blocks": blocks, "peak_layer": 1}),
        flash=REPORT.flash.model_copy(update={"symbols": symbols}),
        cycles=1_299_500,
    )


def view(report: Report, name: str = "") -> View:
    """Return the view of `report` with all that its build may have beside it."""
    last = history_line(report)
    first = last.model_copy(update={"flash_bytes": last.flash_bytes + 512, "verdict": "fail"})
    return replace(view_of(report, PATH, beside=beside(report, name)), history=(first, last))
