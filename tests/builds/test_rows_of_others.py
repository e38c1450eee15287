"""Rows of others in real builds: shown without consent, gated on with it, and never believed against the emulator."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.evidence import keys_by_class
from scons_tinyml.costs.packs.files import pack_text, read_pack
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.stages.measure.hardware.firmware import VERSION
from support.networks import SMALL
from support.project import ROOT, Project

Import = Callable[[str, Callable[[CostRow], CostRow]], str]


def on_board(row: CostRow, cycles: int) -> CostRow:
    """The row that a board with these cycles would give, by somebody who can compute digests."""
    key = keys_by_class(row.key, VERSION)["hardware"]
    return replace(row, key=key, cycles=cycles, instructions=None)


@pytest.fixture
def take(project: Project, tmp_path: Path) -> Import:
    """Return a function that imports changed rows of the project as a pack, and returns the pack's digest."""

    def imported(name: str, change: Callable[[CostRow], CostRow]) -> str:
        with CostDatabase.open(project.folder / ".tinyml" / "costs.sqlite3") as database:
            rows = [change(row) for row in database.all_rows() if row.key.evidence == "emulator"]
        path = tmp_path / f"{name}.jsonl"
        path.write_text(pack_text(rows, name, "2026-01-02T03:04:05+00:00"))
        command = [sys.executable, "-m", "scons_tinyml", "costs", "import", "--accept-outliers", str(path)]
        environment = {"PYTHONPATH": str(ROOT / "site_scons"), "PATH": "/usr/bin:/bin"}
        subprocess.run([*command, "--project", str(project.folder)], check=True, env=environment)
        return read_pack(path).header.digest

    return imported


def test_hardware_rows_of_a_pack_decide_with_consent_alone(project: Project, take: Import) -> None:
    before = project.report("stm32l4", "small")["latency_s"]
    digest = take("team", lambda row: on_board(row, round(0.97 * row.cycles)))
    limit = f"latency={(before['value'] * 0.995) * 1e6:.3f}us"
    found = project.scons(*SMALL, limit)
    report = project.report("stm32l4", "small")
    assert found.code == 2, found.errors
    assert report["latency_s"] == before
    assert [(pack["digest"], pack["decided"]) for pack in report["packs"]] == [(digest, False)]
    assert f"not gated on: pack team (sha256:{digest[:12]}, unsigned), hardware rows" in found.output
    found = project.scons(*SMALL, limit, f"trust=sha256:{digest}")
    report = project.report("stm32l4", "small")
    assert found.code == 0, found.errors
    assert (report["latency_s"]["evidence"], report["packs"][0]["decided"]) == ("hardware", True)
    assert f"rows of others: pack team (sha256:{digest[:12]}, unsigned), hardware rows" in found.output
    assert project.scons(*SMALL, limit, f"trust=sha256:{'0' * 64}").code == 2


@pytest.mark.parametrize("trusted", [False, True])
def test_a_pack_of_one_cycle_a_layer_passes_no_limit(project: Project, take: Import, trusted: bool) -> None:
    digest = take("fast", lambda row: on_board(row, 1))
    found = project.scons(*SMALL, "latency=1us", *([f"trust=sha256:{digest}"] if trusted else []))
    assert found.code == 1, found.output
    assert "was measured with results that contradict each other; no image is left" in found.errors
    assert "takes 1 cycles by bench-1 on stm32l4, and " in found.errors
    assert f"set by row of pack fast (sha256:{digest[:12]}, unsigned)" in found.errors
    assert not (project.results("stm32l4", "small") / "small.elf").exists()


def test_emulator_rows_of_a_pack_cannot_pass_a_limit(project: Project, take: Import) -> None:
    """The image is run: what its layers were said to take is measured again, and the run is judged."""
    before = project.report("stm32l4", "small")
    take(
        "fast",
        lambda row: replace(
            row, cycles=(row.instructions or 2) // 2 + 1, measured_at="2026-06-01T00:00:00+00:00"
        ),
    )
    found = project.scons(*SMALL, "latency=1us")
    assert found.code == 2, found.errors
    assert json.loads(json.dumps(project.report("stm32l4", "small")["latency_s"])) == before["latency_s"]
