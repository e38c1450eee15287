"""The measurements of a network on a board, from the files of a request."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.trust import NOBODY, Trust
from scons_tinyml.stages.executors.choose import executor
from scons_tinyml.stages.executors.work import Executor
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.sources import KernelSources, external_folders
from scons_tinyml.stages.measure.campaign import Campaign, refuse_hopeless
from scons_tinyml.stages.measure.requests import CampaignRequest, TrialsRequest
from scons_tinyml.stages.measure.samples import layer_samples


@dataclass(frozen=True)
class Measuring:
    """A network on a board with its campaign of measurements."""

    board: Board
    graph: Graph
    campaign: Campaign


def executor_of(request: TrialsRequest[Path]) -> AbstractContextManager[Executor]:
    """Return the executor that `request` names. Raises InputError, MissingExtra.

    Workers that this process starts find its compiler first on their PATH.
    """
    compiler = find_toolchain(request.compiler).path
    path = os.pathsep.join((str(Path(compiler).parent), os.environ.get("PATH", os.defpath)))
    return executor(request.scheduler, request.workers, {"PATH": path})


def read_measuring(
    request: CampaignRequest[Path], trust: Trust = NOBODY, executor: Executor | None = None
) -> Measuring:
    """Return the campaign. Raises RecordError, ModelFileError, UnsupportedError, EnvironmentProblem."""
    board = read_board(request.board)
    graph = read_graph(request.graph, request.constants)
    sources = KernelSources.read(request.kernels, external_folders(request.external))
    if not request.sets:
        refuse_hopeless(board, graph, sources.providers)
    else:
        sources = sources.only(request.sets)
    samples, oracle = layer_samples(graph, request.tflite, request.samples)
    archives = tuple(path.resolve() for path in request.archives)
    toolchain = find_toolchain(request.compiler)
    startup = request.startup.resolve()
    campaign = Campaign(
        board,
        graph,
        sources,
        toolchain,
        startup,
        archives,
        samples,
        oracle,
        trust=trust,
        executor=executor,
    )
    return Measuring(board, graph, campaign)
