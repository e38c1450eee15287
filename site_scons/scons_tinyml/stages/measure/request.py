"""What stages that measure are given on their command line, and the campaign that follows from it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.records.board import Board, read_board
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.sources import KernelSources, external_folders
from scons_tinyml.stages.measure.campaign import Campaign, refuse_hopeless
from scons_tinyml.stages.measure.samples import layer_samples

_FILES = ("graph", "constants", "tflite", "samples", "startup", "board", "kernels", "costs")


@dataclass(frozen=True)
class Request:
    """A network on a board, and what there is to measure of it."""

    board: Board
    graph: Graph
    campaign: Campaign


def add_request(parser: ArgumentParser) -> None:
    """The options that `read_request` reads."""
    for name in _FILES:
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--archives", type=Path, nargs="+", required=True, help="compiled kernel sets")
    parser.add_argument("--external", default="", help="set=folder,... of external sources")
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--sets", help="kernel sets to measure, with commas between; default: all")


def read_request(given: Namespace) -> Request:
    """The campaign. Raises RecordError, ModelFileError, UnsupportedError, EnvironmentProblem."""
    board = read_board(given.board)
    graph = read_graph(given.graph, given.constants)
    sources = KernelSources.read(given.kernels, external_folders(given.external))
    if given.sets is None:
        refuse_hopeless(board, graph, sources.providers)
    else:
        sources = sources.only(given.sets.split(","))
    samples, oracle = layer_samples(graph, given.tflite, given.samples)
    archives = tuple(path.resolve() for path in given.archives)
    toolchain = find_toolchain(given.compiler)
    startup = given.startup.resolve()
    return Request(
        board, graph, Campaign(board, graph, sources, toolchain, startup, archives, samples, oracle)
    )
