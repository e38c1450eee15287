"""Formats of a report, and the view that they all draw."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.remedies import Kernels, OtherBoard, Remedies
from scons_tinyml.records.report import verdict
from scons_tinyml.reports.cells import Value
from scons_tinyml.reports.formats import find_format, formats
from scons_tinyml.reports.of_report import view_of
from scons_tinyml.reports.view import BudgetRow, Headline, Note
from scons_tinyml.stages.gate.checks import check
from support.reports import LAYERS, REPORT, limited, report_with

FOLDER = Path(__file__).parent / "golden"
PATH = Path("build/stm32l1/cats/report.json")
BOARDS = (
    OtherBoard(board="fast", outcome="would pass", text="2.00 ms, 9.8 KiB of RAM, at most 40.0 KiB of flash"),
    OtherBoard(board="slow", outcome="would not pass", text="3.00 ms at best"),
    OtherBoard(board="near", outcome="not known", text="near a limit"),
    OtherBoard(board="new", outcome="not measured", text="scons measure target=new model=cats"),
)


def judged(report, **changes):
    findings = check(report)
    return report.model_copy(update={"findings": findings, "verdict": verdict(findings), **changes})


def failing():
    """Over two limits, with remedies and a warning."""
    agreement = {"sum_of_layers_cycles": 760_000, "run_cycles": 800_000, "ratio": 0.95}
    report = limited("latency", 0.026, agreement=agreement)
    limits = {**report.limits, **limited("accuracy", 0.95).limits}
    kernels = Kernels(outcome="misses", text="no choice of kernels misses the limit of latency by less")
    return judged(
        report.model_copy(update={"limits": limits}), remedies=Remedies(kernels=kernels, boards=BOARDS)
    )


OF_PAGES = ("html", "model_explorer")
"""Formats of tests/page."""
REPORTS = {
    "passes": lambda: REPORT,
    "fails": failing,
    "given": lambda: report_with(accuracy=None, accuracy_absent="it was given as a file"),
}


def test_formats_are_the_files_of_their_folder():
    assert formats() == ("html", "model_explorer", "text")
    files = {"html": "report.html", "model_explorer": "model-explorer.json", "text": "report.txt"}
    assert {name: find_format(name).file_name for name in formats()} == files


@pytest.mark.parametrize("name", [name for name in formats() if name not in OF_PAGES])
@pytest.mark.parametrize("report", REPORTS)
def test_each_format_draws_what_it_did(name, report):
    """After a change on purpose, write what is drawn into the file."""
    drawn = find_format(name).render(view_of(REPORTS[report](), PATH), 80)
    assert drawn == (FOLDER / f"{report}.{name}").read_text(encoding="utf-8")


def test_an_unknown_format_names_the_nearest():
    with pytest.raises(InputError) as caught:
        find_format("txt")
    assert str(caught.value) == (
        "command line: --format: there is no format 'txt'; did you mean 'text'? Known: html, model_explorer, text"
    )


def test_a_view_has_figures_and_no_text_of_them():
    view = view_of(failing(), PATH)
    assert view.headline == Headline(
        *("cats", "int8", "stm32l1", "STM32L152RE", "cortex-m3", 32_000_000, "fail", REPORT.latency_s)
    )
    latency, accuracy = view.budget[2:4]
    assert latency == BudgetRow(
        *("latency", "latency", "seconds", 0.027, 0.026, False, 0.027 / 0.026, "fail", "command line")
    )
    assert accuracy == BudgetRow(
        *("accuracy", "accuracy", "fraction", 0.9, 0.95, True, 0.9 / 0.95, "fail", "command line")
    )
    assert view.budget[4] == BudgetRow(
        *("accuracy_drop", "accuracy drop", "fraction", 0.01, None, False, None, None, None)
    )
    assert view.notes[0] == Note(
        "flash",
        (
            *("code ", Value(8_000, "bytes"), ", weights ", Value(20_000, "bytes")),
            *(", other ", Value(2_000, "bytes")),
        ),
    )
    (layers,) = view.sections
    assert layers.title == "layers"
    assert layers.table.rows == (
        (0, "conv", "CONV_2D", "reference/conv_2d_int8", 60_000, 600_000, 0.75),
        (1, "reshape", "RESHAPE", None, None, None, None),
        (2, LAYERS[2].name, "FULLY_CONNECTED", "reference/fully_connected_int8", 20_000, 200_000, 0.25),
    )
    assert (view.findings, view.remedies) == (failing().findings, failing().remedies)


def test_errors_can_be_told_apart():
    view = view_of(failing(), PATH, errors=False)
    assert ([found.severity for found in view.findings], view.remedies) == (["warning"], None)


@pytest.mark.parametrize("name", formats())
def test_names_are_no_commands_of_a_terminal(name):
    hostile = "x\x1b[2J\n::error::y\u202e"
    report = report_with(
        model=f"::{hostile}",
        target=hostile,
        part=hostile,
        layers=[LAYERS[0].model_copy(update={"name": hostile, "kernel": hostile, "operator": hostile})],
        findings=[{"kind": "flash", "severity": "warning", "message": hostile, "advice": hostile}],
        accuracy=None,
        accuracy_absent=hostile,
        remedies={"kernels": None, "boards": [{"board": hostile, "outcome": "would pass", "text": hostile}]},
    )
    drawn = find_format(name).render(view_of(report, Path(hostile)), 80)
    assert drawn.replace("\n", "").isprintable()
    assert not any(line.lstrip().startswith("::") for line in drawn.splitlines())
