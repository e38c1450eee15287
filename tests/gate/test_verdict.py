"""Headline, rows, matrix and exit code say the same of every report, as all of them are made of its findings."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scons_tinyml.records.errors import TinymlError
from scons_tinyml.records.report import RESOURCES, Finding, Report, verdict
from scons_tinyml.reports.lines import note_line
from scons_tinyml.reports.matrix import Judged, reasons, table
from scons_tinyml.reports.of_report import view_of
from scons_tinyml.reports.view import BudgetRow
from scons_tinyml.stages.gate.checks import check
from scons_tinyml.stages.gate.publish import require_pass
from support.reports import REPORT, report_with

KINDS = ("region", "agreement", "evidence", "bit_exactness", *RESOURCES)
PATH = Path("build/report.json")


def exit_code_of(report: Report) -> int:
    try:
        require_pass(report, PATH)
    except TinymlError as error:
        return error.exit_code
    return 0


def assert_consistent(report: Report) -> None:
    shown = view_of(report, PATH)
    said = shown.headline.verdict
    [row] = table([Judged(report, PATH)]).rows
    fails = [line for line in shown.budget if line.verdict == "fail"]
    assert (said == "fail") == bool(fails)
    assert (said == "fail") == (row[3] == "fail")
    assert (said == "fail") == bool(list(reasons([Judged(report, PATH)])))
    assert exit_code_of(report) == report.exit_code == Judged(report, PATH).exit_code
    assert (report.exit_code != 0) == (said == "fail")


def test_kinds_are_all_resources_and_more():
    assert set(RESOURCES) < set(KINDS)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    kind = draw(st.sampled_from(KINDS))
    units = {
        "flash": "bytes",
        "ram": "bytes",
        "region": "bytes",
        "bit_exactness": "bytes",
        "latency": "seconds",
    }
    figures = st.none() | st.floats(0, 1e6, allow_nan=False)
    return Finding(
        kind=kind,
        severity=draw(st.sampled_from(("error", "warning"))),
        message=f"something about {kind}",
        used=draw(figures),
        limit=draw(figures),
        unit=units.get(kind, "fraction"),
        region="RAM" if kind == "region" else None,
    )


@given(st.lists(findings(), max_size=4))
def test_whatever_was_found(found):
    assert_consistent(report_with(findings=tuple(found), verdict=verdict(found)))


@given(
    st.dictionaries(st.sampled_from(tuple(RESOURCES)), st.floats(0.001, 1e6)),
    st.tuples(st.integers(0, 600_000), st.integers(0, 90_000)),
    st.tuples(st.integers(1, 600_000), st.integers(1, 90_000)),
    st.booleans(),
)
def test_whatever_the_limits_are(limits, used, sizes, differs):
    regions = [
        {"name": name, "kind": kind, "used_bytes": size, "size_bytes": room}
        for name, kind, size, room in zip(("FLASH", "RAM"), ("flash", "ram"), used, sizes, strict=True)
    ]
    facts = report_with(
        limits={name: {"value": value, "unit": "bytes", "source": "any"} for name, value in limits.items()},
        flash_bytes=used[0],
        ram_bytes=used[1],
        regions=regions,
        bit_exact={**REPORT.bit_exact.model_dump(), "differing_bytes": int(differs)},
    )
    found = check(facts)
    assert_consistent(facts.model_copy(update={"findings": found, "verdict": verdict(found)}))


@pytest.mark.parametrize("said", ["pass", "fail"])
def test_no_report_says_another_verdict_than_its_findings(said):
    error = Finding(kind="flash", severity="error", message="too much")
    found = (error,) if said == "pass" else (error.model_copy(update={"severity": "warning"}),)
    with pytest.raises(ValidationError, match=f"the verdict is '{said}', the findings say"):
        report_with(findings=found, verdict=said)


def test_a_region_and_a_wrong_output_have_rows_of_their_own():
    found = (
        Finding(
            kind="region",
            severity="error",
            message="too small",
            used=2048,
            limit=1024,
            unit="bytes",
            region="SRAM2",
            limit_source="boards/stm32l1.toml: memory SRAM2",
        ),
        Finding(kind="bit_exactness", severity="error", message="other", used=3, limit=0, unit="bytes"),
    )
    report = report_with(findings=found, verdict="fail")
    source = "boards/stm32l1.toml: memory SRAM2"
    assert view_of(report, PATH).budget[-2:] == (
        BudgetRow(None, "region SRAM2", "bytes", 2048, 1024, False, 2.0, "fail", source),
        BudgetRow(None, "other output", "bytes", 3, 0, False, None, "fail", None),
    )
    assert report.exit_code == 3


def test_a_budget_above_the_capacity_is_a_note():
    limits = {name: limit.model_dump() for name, limit in REPORT.limits.items()}
    limits["flash"] |= {"asked": 2.0**20, "asked_by": "command line"}
    assert note_line(view_of(report_with(limits=limits), PATH).notes[-1]) == (
        "flash: 1.00 MiB (command line) is more than the capacity of stm32l1, which is the limit in force"
    )
