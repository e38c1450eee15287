"""`scons measure port=`: images, rows of a board in the database, and a build judged by them."""

from __future__ import annotations

import json

import pytest

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.board import read_board
from scons_tinyml.stages.measure.hardware.clock import SPAN_S
from support.board_player import played, record, repeated
from support.networks import SMALL
from support.project import ROOT


@pytest.fixture(scope="module")
def project(new_clone, shared_cache, tmp_path_factory):
    folder = tmp_path_factory.mktemp("on_board")
    return new_clone(folder / "project", cache=shared_cache, costs=folder / "costs.sqlite3")


def test_a_build_is_judged_by_a_board_that_measured_all_of_it(project):
    bench = project.folder / "build" / "stm32l4" / "small" / "bench"
    missing = project.scons("measure", *SMALL, "port=/dev/no-such-port")
    assert missing.code == 1
    assert "/dev/no-such-port: there is no such port" in missing.errors
    assert sorted(path.name for path in bench.iterdir()) == [
        "bench-1.bin",
        "bench-1.elf",
        "bench-1.hex",
        "manifest.json",
    ]
    (bench / "bench-1.hex").unlink()
    assert project.scons("measure", *SMALL, "port=/dev/no-such-port").made("measure") == [
        "manifest.json",
        "results.json",
    ]
    assert (bench / "bench-1.hex").is_file()
    board = read_board(ROOT / "boards" / "stm32l4.toml")
    recording = record(board, bench / "bench-1.elf", SPAN_S + 1)
    with played(repeated(recording, 6)) as port:  # SCons takes a while until it listens
        found = project.scons("measure", *SMALL, f"port={port}")
    assert found.code == 0, found.errors
    assert found.stages == ["measure"]
    assert "8 of 8 trials are measured on stm32l4" in found.output
    built = project.scons(*SMALL)
    assert built.code == 0, built.errors
    report = json.loads((project.folder / "build/stm32l4/small/report.json").read_text())
    assert (report["latency_s"]["evidence"], report["latency_s"]["measured_by"]) == (
        "hardware",
        "bench-1 on stm32l4",
    )
    assert report["cycles"] == sum(layer["cycles"] for layer in report["layers"])
    assert 0.98 < report["agreement"]["ratio"] < 1.02
    assert "hardware with bench-1" in project.scons("why", *SMALL, "layer=0").output
    again = project.scons(*SMALL)
    assert (again.code, again.built) == (0, [])
    with CostDatabase.open(project.costs) as database:
        database.delete(row.key.digest for row in list(database.all_rows()) if row.key.evidence == "hardware")
    assert "measurements.json" in project.scons(*SMALL).made("measure")
    report = json.loads((project.folder / "build/stm32l4/small/report.json").read_text())
    assert report["latency_s"]["evidence"] == "emulator"
