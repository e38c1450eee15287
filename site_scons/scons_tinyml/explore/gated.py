"""Builds by SCons, as a person would begin them: every figure of a front is that of such a build's report."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import EXIT_BUDGET, EXIT_INTERRUPTED, EXIT_PASS, InputError
from scons_tinyml.records.limits import limits_in_force, values
from scons_tinyml.records.model import Model
from scons_tinyml.records.report import Report
from scons_tinyml.records.variant_names import reference
from scons_tinyml.records.variants import variant_of
from scons_tinyml.records.visible import visible
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.stages.gate.baseline import build_environment
from scons_tinyml.stages.gate.report_file import read_report
from scons_tinyml.stages.trial.records import Basis, Sketch

_LIMITS = ("flash", "ram", "latency", "accuracy")
"""Limits that a variant is judged by before it is built."""


@dataclass(frozen=True)
class Built:
    """A variant that was built for a board: its report, or the reason why there is none."""

    board: str
    variant: str
    path: Path
    report: Report | None = None
    reason: str = ""


@dataclass(frozen=True)
class Builds:
    """Builds of the variants of `model` with results in the folder `build`; `arguments` are further options."""

    model: Model
    build: Path
    arguments: tuple[str, ...]

    def run(self, board: str, variant: str) -> Built:
        """Build `variant` for `board`. A build that cannot be made is a result too; Ctrl-C is not."""
        name = variant_of(self.model, variant).model.name
        path = self.build / board / name / "report.json"
        told = (f"target={board}", f"model={reference(self.model.name, variant)}", f"name={name}")
        print_wrapped(f"  building {reference(self.model.name, variant)} for {board}", sys.stderr)
        done = subprocess.run(
            [sys.executable, "-m", "SCons", "-Q", *told, *self.arguments],
            env=build_environment(os.environ),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode == EXIT_INTERRUPTED:
            raise KeyboardInterrupt
        if done.returncode in (EXIT_PASS, EXIT_BUDGET) and self._is_judged(path, done):
            return Built(board, variant, path, read_report(path))
        said = next((line for line in done.stderr.splitlines() if line.startswith("tinyml: error: ")), "")
        reason = visible(said.removeprefix("tinyml: error: ")) or f"the build ended with {done.returncode}"
        return Built(board, variant, path, reason=reason)

    @staticmethod
    def _is_judged(path: Path, done: subprocess.CompletedProcess[str]) -> bool:
        """Return whether the build has come to a verdict; a network without room on a board has none."""
        return path.is_file() and "has no room on" not in done.stderr


def basis_of(built: Built, board: Board, sketch: Sketch, model: Path, limits: str) -> Basis:
    """Return what forecasts for `board` are scaled from: the report of a build, and the `sketch` of its network."""
    report = built.report
    assert report is not None
    in_force = values(limits_in_force(board, model, limits))
    return Basis(
        board=board.name,
        clock_hz=report.clock_hz,
        flash_bytes=report.flash_bytes,
        ram_bytes=report.ram_bytes,
        cycles=report.cycles,
        slow_s=report.latency_s.high,
        sketch=sketch,
        cycles_by_kind=_cycles_by_kind(report, sketch),
        limits={name: float(in_force[name]) for name in _LIMITS if name in in_force},
    )


def _cycles_by_kind(report: Report, sketch: Sketch) -> dict[str, int]:
    """Return the cycles of the layers of each kind; a layer is found by its operator and its work."""
    exact = {(layer.operator, layer.amount): layer.kind for layer in sketch.layers}
    any_of = {layer.operator: layer.kind for layer in sketch.layers}
    found: dict[str, int] = {}
    for layer in report.layers:
        kind = exact.get((layer.operator, layer.macs)) or any_of.get(layer.operator) or layer.operator
        found[kind] = found.get(kind, 0) + layer.cycles
    return found


def first_built(builds: Builds, board: str, variants: tuple[str, ...]) -> Built:
    """Return the first of `variants` that can be built for `board`. Raises InputError if none can."""
    reasons = []
    for variant in dict.fromkeys(variants):
        found = builds.run(board, variant)
        if found.report is not None:
            return found
        reasons.append(found.reason)
    raise InputError(f"neither the model nor its smallest variant can be built for {board}: {reasons[-1]}")
