"""Measuring every candidate kernel of every layer alone in the emulator.

What the database already knows for the same key is not measured again. The result lists for each layer which
kernels can run it, whether their output was the oracle's, and what they cost.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.board import read_board
from scons_tinyml.stages import command, files
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.measure.campaign import Campaign, refuse_hopeless
from scons_tinyml.stages.measure.identity import KernelSources
from scons_tinyml.stages.measure.samples import layer_samples
from scons_tinyml.stages.plan.measurements import measurements_to_json


def main(arguments: Sequence[str]) -> None:
    """Entry point of the stage."""
    options = _options(arguments)
    board = read_board(options.board)
    graph = read_graph(options.graph, options.constants)
    sources = _kernel_sources(options.kernels, options.external)
    refuse_hopeless(board, graph, sources.kernels)
    samples, oracle = layer_samples(graph, options.tflite, options.samples)
    link_inputs = tuple(path.resolve() for path in (options.startup, *options.archives))
    campaign = Campaign(board, graph, sources, find_toolchain(options.compiler), link_inputs, samples, oracle)
    with CostDatabase.open(options.costs) as database:
        measured = campaign.run(database)
    files.write_json(options.measurements, measurements_to_json(measured))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="measure", description=__doc__)
    for name in (
        "measurements",
        "graph",
        "constants",
        "tflite",
        "samples",
        "startup",
        "board",
        "kernels",
        "costs",
    ):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--archives", type=Path, nargs="+", required=True, help="compiled kernel sets")
    parser.add_argument("--external", default="", help="set=folder,... of external sources")
    parser.add_argument("--compiler", required=True)
    return parser.parse_args(arguments)


def _kernel_sources(folder: Path, external: str) -> KernelSources:
    pairs = (item.partition("=") for item in external.split(",") if item)
    return KernelSources.read(folder, {name: Path(path) for name, _, path in pairs})


if __name__ == "__main__":
    command.run(main)
