"""Rows of others in a report: named, gated on with consent alone, and compared with the emulator whoever measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.records.errors import Disagreement
from scons_tinyml.records.limits import Limit
from scons_tinyml.records.report import PackUse, Report
from scons_tinyml.records.trust import PackOrigin
from scons_tinyml.reports.lines import note_line
from scons_tinyml.reports.of_report import view_of
from scons_tinyml.stages.gate.assemble import Build, assemble
from scons_tinyml.stages.gate.publish import require_pass
from scons_tinyml.stages.plan.record import HardwareRow
from scons_tinyml.stages.run.record import LayerBand

DIGEST = "a" * 64
TEAM = PackOrigin("team", DIGEST)
BY = "bench-1 on stm32l4"
LEAST, MOST = 711 - 16, 988 + 16
"""790 cycles of the emulator, its band of 0.9 to 1.25, and the 16 cycles of a call."""


def with_row(build: Build, cycles: int, *, pack: PackOrigin | None = TEAM, decides: bool = False) -> Build:
    flat, dense = build.plan.layers
    row = HardwareRow(cycles, BY, "2026-01-02T03:04:05+00:00", pack, decides)
    dense = replace(dense, hardware=row)
    if decides:
        dense = replace(
            dense, cycles=cycles, evidence="hardware", measured_by=BY, emulator_cycles=790, pack=pack
        )
    return replace(build, plan=replace(build.plan, layers=(flat, dense)))


def notes(report: Report) -> dict[str, str]:
    lines = map(note_line, view_of(report, Path("report.json")).notes)
    return dict(line.split(": ", 1) for line in lines)


def test_without_consent_the_emulator_decides_and_the_pack_is_shown(build: Build) -> None:
    alone, report = assemble(build), assemble(with_row(build, 700))
    assert (report.cycles, report.latency_s, report.verdict) == (alone.cycles, alone.latency_s, "pass")
    assert report.packs == (
        PackUse(
            name="team", digest=DIGEST, signer=None, evidence="hardware", layers=1, cycles=700, decided=False
        ),
    )
    assert notes(report)["not gated on"] == (
        f"pack team (sha256:{DIGEST[:12]}, unsigned), hardware rows of 1 layer, 8.8 us, "
        f"trust=sha256:{DIGEST} lets them decide"
    )
    assert "rows of others" not in notes(report)


def test_with_consent_the_rows_decide_and_the_pack_is_named(build: Build) -> None:
    signed = replace(TEAM, signer=f"ed25519:{'b' * 64}")
    report = assemble(with_row(build, 700, pack=signed, decides=True))
    assert (report.cycles, report.latency_s.evidence) == (700, "hardware")
    assert [(pack.signer, pack.decided) for pack in report.packs] == [(signed.signer, True)]
    assert notes(report)["rows of others"] == f"{signed}, hardware rows of 1 layer, 8.8 us"
    assert "not gated on" not in notes(report)


def test_emulator_rows_of_others_are_named_too(build: Build) -> None:
    flat, dense = build.plan.layers
    seeds = PackOrigin("seeds stm32l4", DIGEST)
    plan = replace(build.plan, layers=(flat, replace(dense, pack=seeds)))
    report = assemble(replace(build, plan=plan))
    assert notes(report)["rows of others"] == f"{seeds}, emulator rows of 1 layer, 9.9 us"
    assert [(pack.evidence, pack.cycles, pack.decided) for pack in report.packs] == [("emulator", 790, True)]


@pytest.mark.parametrize("cycles", [1, LEAST - 1, MOST + 1, 10**9])
@pytest.mark.parametrize(("pack", "decides"), [(TEAM, False), (TEAM, True), (None, True)])
def test_a_board_and_the_emulator_that_disagree_fail_whoever_measured(
    build: Build, cycles: int, pack: PackOrigin | None, decides: bool
) -> None:
    report = assemble(with_row(build, cycles, pack=pack, decides=decides))
    (found,) = [finding for finding in report.findings if finding.kind == "evidence"]
    assert (report.verdict, found.severity, found.used) == ("fail", "error", cycles)
    assert found.message == (
        "layer 1 (FULLY_CONNECTED) with cmsis_nn/fully_connected_int8 takes "
        f"{cycles:,} cycles by {BY}, and 790 in the emulator: cortex-m4 3 allows {LEAST:,} to {MOST:,}"
    )
    assert found.limit_source == f"row of {pack or 'a board, measured here'}"
    assert "scons measure target=stm32l4 port=PORT again=yes" in (found.advice or "")
    assert ("tinyml costs prune --pack" in (found.advice or "")) == (pack is not None)


@pytest.mark.parametrize("cycles", [LEAST, 790, MOST])
def test_within_the_band_they_agree(build: Build, cycles: int) -> None:
    assert assemble(with_row(build, cycles)).findings == ()


def test_a_layer_has_the_band_of_its_kind_and_not_of_the_network(build: Build) -> None:
    narrow = replace(build.run, layers=(LayerBand(1, "floating point", 0.99, 1.01, 3),))
    report = assemble(with_row(replace(build, run=narrow), 830))
    (found,) = [finding for finding in report.findings if finding.kind == "evidence"]
    assert f"cortex-m4 3 allows {782 - 16} to {798 + 16}" in found.message
    assert report.latency_s == assemble(build).latency_s


def test_layers_of_a_kind_that_no_board_has_run_are_named(build: Build) -> None:
    assert "not compared" not in notes(assemble(build))
    guessed = replace(build.run, layers=(LayerBand(1, "floating point", 0.7, 1.4, 0),))
    assert notes(assemble(replace(build, run=guessed)))["not compared"] == (
        "layer 1, 98.8 % of the cycles: no board with cortex-m4f has run a program of the kind 'floating point'"
    )
    on_board = with_row(replace(build, run=guessed), 700, decides=True)
    assert "not compared" not in notes(assemble(on_board))


def test_figures_that_contradict_each_other_are_no_verdict_about_a_budget(build: Build) -> None:
    """Exit code 1 and not 2, over budget or not: 2 means that the firmware is over a budget, and this is not known."""
    path = Path("report.json")
    for limit in (1e-9, 1.0):
        report = assemble(replace(with_row(build, 1), limits={"latency": Limit(limit, "command line")}))
        assert report.exit_code == 1
        with pytest.raises(
            Disagreement, match="was measured with results that contradict each other"
        ) as told:
            require_pass(report, path)
        assert "takes 1 cycles by bench-1 on stm32l4" in str(told.value)
