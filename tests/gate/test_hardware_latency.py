"""The report of a network whose layers a board has measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.records.limits import Limit
from scons_tinyml.reports.lines import note_line
from scons_tinyml.reports.of_report import view_of
from scons_tinyml.stages.gate.assemble import assemble


@pytest.fixture
def measured(build):
    """The one layer that runs something takes 820 cycles on the board, and 790 in the emulator."""
    flat, dense = build.plan.layers
    dense = replace(
        dense, cycles=820, evidence="hardware", measured_by="bench-1 on stm32l4", emulator_cycles=790
    )
    return replace(build, plan=replace(build.plan, layers=(flat, dense)))


def test_the_latency_is_the_boards(measured):
    report = assemble(measured)
    latency = report.latency_s
    assert report.cycles == report.layers[1].cycles == 820
    assert latency.value == pytest.approx(820 / 80e6)
    assert latency.low == pytest.approx(0.99 * latency.value)
    assert latency.high == pytest.approx(1.01 * (800 / 790) * latency.value)
    assert (latency.evidence, latency.measured_by) == ("hardware", "bench-1 on stm32l4")
    assert "within 1 %" in latency.band and "1.3 % more than its layers" in latency.band


def test_the_run_is_compared_with_the_emulators_layers(measured):
    agreement = assemble(measured).agreement
    assert (agreement.sum_of_layers_cycles, agreement.run_cycles, agreement.ratio) == (790, 800, 0.9875)


def test_the_slow_end_is_judged(measured):
    for limit, verdict in ((10.5e-6, "pass"), (10.3e-6, "fail")):
        assert (
            assemble(replace(measured, limits={"latency": Limit(limit, "command line")})).verdict == verdict
        )


def test_the_report_says_who_measured(measured):
    notes = list(map(note_line, view_of(assemble(measured), Path("report.json")).notes))
    assert any(
        note.startswith("evidence: hardware, bench-1 on stm32l4; the sum of the layers") for note in notes
    )
