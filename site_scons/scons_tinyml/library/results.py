"""Results of a build, read from its folder: report, network, plan, and what was measured for the choice of kernels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.report import Report
from scons_tinyml.reports.beside import Beside, read_beside
from scons_tinyml.stages.gate.remedies import situation_of
from scons_tinyml.stages.gate.report_file import read_report
from scons_tinyml.stages.gate.situation import Sets, Situation
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.choose import choose
from scons_tinyml.stages.plan.footprint import read_footprint
from scons_tinyml.stages.plan.measurements import read_measurements
from scons_tinyml.stages.plan.problem import ORDER, Objective
from scons_tinyml.stages.plan.record import Plan, read_plan

REPORT = "report.json"
_LEFT_OUT = "is not in kernels="
"""Beginning of the reason against kernels of sets that the command line left out."""


@dataclass(frozen=True)
class Results:
    """Files of one build, read and checked. `folder` is that of its report."""

    folder: Path
    board: Board
    report: Report
    graph: Graph
    graph_file: Path
    plan: Plan
    situation: Situation
    """The choice of kernels among all that was measured, under the limits of the build."""
    beside: Beside

    @property
    def image(self) -> Path:
        """ELF file of the image, whatever the verdict on it."""
        return self.folder / "work" / "image.unchecked"

    @property
    def samples(self) -> Path:
        """Samples of the network, in the folder that all boards share."""
        models = models_folder(self.folder / REPORT)
        shared = models in self.graph_file.parents  # one in patches lies in the folder of the build
        return models / (self.graph_file.parent.parent.name if shared else self.report.model) / "samples.npz"


def read_results(folder: Path, board: Board) -> Results:
    """Return the results in `folder`, those of a build for `board`. Raises InputError for a file that is missing."""
    path = folder / REPORT
    report, plan = read_report(path), read_plan(folder / "plan.json")
    file, graph = find_graph(report, path)
    return Results(
        folder=folder,
        board=board,
        report=report,
        graph=graph,
        graph_file=file,
        plan=plan,
        situation=_situation(folder, board, report, graph, plan),
        beside=read_beside(report, path),
    )


def models_folder(report: Path) -> Path:
    """Return the folder of the networks, which all boards share, of the build with the file `report`."""
    return report.absolute().parents[2] / "common" / "models"


def find_graph(report: Report, path: Path) -> tuple[Path, Graph]:
    """Return the network of `report`, the file `path` in the folder of a build, and its file.

    It is the one with the layers of the report among the model's graphs, or that in patches. Raises InputError if there
    is none.
    """
    models = models_folder(path)
    layers = [(layer.name, layer.operator) for layer in report.layers]
    for file in _graph_files(path, models):
        graph = read_graph(file, file.with_suffix(".bin"))
        found = [(layer.name, layer.operator) for layer in graph.layers]
        if (graph.name, graph.quantization, found) == (report.model, report.quantization, layers):
            return file, graph
    raise InputError(
        f"there is no graph of {report.model} with these layers in {models}",
        where=path,
        hint="a build keeps it beside the folders of the boards: show a report where it was built",
    )


def _graph_files(path: Path, models: Path) -> Iterator[Path]:
    yield from sorted(models.glob("*/*/graph.json"))
    patched = path.with_name("patches") / "graph.json"
    if patched.is_file():
        yield patched


def _situation(folder: Path, board: Board, report: Report, graph: Graph, plan: Plan) -> Situation:
    """Return the choice of kernels of the build; the figure that it minimized is the one that leads to its plan."""
    measured = read_measurements(folder / "measurements.json")
    footprint = read_footprint(folder / "footprint.json")
    sets = _sets(report, {one.kernel for found in measured.values() for one in found})

    def of(objective: Objective) -> Situation:
        return situation_of(
            report,
            board,
            graph,
            plan,
            measured=measured,
            footprint=footprint,
            sets=sets,
            objective=objective,
        )

    cases: Mapping[Objective, Situation] = {objective: of(objective) for objective in ORDER}
    found = (case for objective, case in cases.items() if _leads_to_plan(case, objective))
    return next(found, cases["latency"])


def _leads_to_plan(case: Situation, objective: Objective) -> bool:
    return dict(choose(case.problem, case.budgets, objective)) == dict(case.choice)


def _sets(report: Report, kernels: set[str]) -> Sets:
    """Return the kernel sets that the command line allowed."""
    left_out = {
        _set_of(one.kernel)
        for layer in report.layers
        for one in layer.rejected
        if one.reason.startswith(_LEFT_OUT)
    }
    return tuple(sorted({_set_of(kernel) for kernel in kernels} - left_out))


def _set_of(kernel: str) -> str:
    return kernel.partition("/")[0]
