"""Costs of a network on a board, measured: the fastest choice of kernels within the budgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.limits import limits_in_force, values
from scons_tinyml.records.trust import Trust
from scons_tinyml.stages.explain.requests import DiagnoseRequest
from scons_tinyml.stages.firmware.image import ImageBuilder
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.footprint.link import footprint
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.sources import KernelSources, external_folders
from scons_tinyml.stages.measure.campaign import Campaign, refuse_hopeless
from scons_tinyml.stages.measure.samples import layer_samples
from scons_tinyml.stages.plan.assign import options
from scons_tinyml.stages.plan.bands import with_bands
from scons_tinyml.stages.plan.choose import choose
from scons_tinyml.stages.plan.problem import Figures, Problem
from scons_tinyml.stages.plan.question import Question, only_from
from scons_tinyml.stages.plan.room import spending

Costs = Callable[[Graph, Path], Figures]


@dataclass(frozen=True)
class Measure:
    """Measures networks on the board of `question`, with the kernels and budgets of `request`."""

    request: DiagnoseRequest[Path]
    question: Question

    def __call__(self, graph: Graph, tflite: Path) -> Figures:
        """Return the figures of `graph`, which the oracle reads from `tflite`.

        Raises UnsupportedError for a layer that no kernel can run, EnvironmentProblem for the database.
        """
        request, board = self.request, self.question.board
        sources = KernelSources.read(request.sets, external_folders(request.external))
        refuse_hopeless(board, graph, sources.providers)
        samples, oracle = layer_samples(graph, tflite, request.samples)
        campaign = Campaign(
            board,
            graph,
            sources,
            find_toolchain(request.compiler),
            request.startup.resolve(),
            tuple(path.resolve() for path in request.archives),
            samples,
            oracle,
            trust=Trust.parse(request.trust),
        )
        with CostDatabase.open(request.costs) as database:
            candidates = with_bands(board, graph, only_from(request.kernels, campaign.run(database)))
        with TemporaryDirectory(prefix="tinyml-footprint-") as folder:
            seen = footprint(self._builder(sources, Path(folder)), graph, campaign.lowered)
        found = options(graph, candidates)
        problem = Problem(graph, found, seen)
        limits = values(limits_in_force(board, request.model, request.limits))
        budgets = spending(board, limits, seen.ram_bytes, board.clock)
        return problem.figures(choose(problem, budgets, self.question.objective))

    def _builder(self, sources: KernelSources, folder: Path) -> ImageBuilder:
        return ImageBuilder(
            board=self.question.board,
            toolchain=find_toolchain(self.request.compiler),
            include_folders=sources.include_folders,
            startup=self.request.startup.resolve(),
            archives=tuple(path.resolve() for path in self.request.archives),
            folder=folder,
        )
