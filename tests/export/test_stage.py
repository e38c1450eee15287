"""The stage writes nothing without a verdict that says 'pass'."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.report import Finding
from scons_tinyml.stages.export.__main__ import main
from scons_tinyml.stages.export.request import ExportRequest
from scons_tinyml.stages.gate.report_file import write_report
from support.reports import REPORT, report_with


def request(folder: Path) -> ExportRequest[Path]:
    files = ("graph", "constants", "plan", "network", "header", "weights", "weights_header")
    return ExportRequest(
        **{name: folder / name for name in (*files, "kernels", "kernels_header")},
        report=folder / "report.json",
        manifest=folder / "export" / "make" / "manifest.json",
        system="make",
        board=folder / "board.toml",
        sets=(),
    )


def test_a_network_that_fails_is_not_exported(tmp_path: Path) -> None:
    finding = Finding(severity="error", kind="flash", message="too much")
    write_report(report_with(findings=(finding.model_dump(),), verdict="fail"), tmp_path / "report.json")
    with pytest.raises(InputError, match="does not say 'pass', so nothing is exported"):
        main(request(tmp_path))
    assert not (tmp_path / "export").exists()


def test_all_inputs_are_read_before_anything_is_written(tmp_path: Path) -> None:
    write_report(REPORT, tmp_path / "report.json")
    with pytest.raises(InputError):
        main(request(tmp_path))
    assert not (tmp_path / "export").exists()
