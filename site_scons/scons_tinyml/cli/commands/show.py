"""Show a layer of a build: tensors, quantization, histogram of the weights, kernel, proof and cycles.

PATH is a report.json in the folder where it was built, or that folder. `scons why` says more about the kernels that a
layer does not run.

examples:
  tinyml show layer 3 build/stm32l1/catdetector
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.cli.layer_text import lines
from scons_tinyml.library.results import find_graph
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.stages.gate.report_file import read_report
from scons_tinyml.stages.plan.record import read_plan


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("what", choices=("layer",), help="what is shown")
    parser.add_argument("number", type=int, metavar="N", help="number of the layer, as in the report")
    parser.add_argument("path", type=Path, metavar="PATH", help="report.json or its folder")


def run(options: Namespace) -> None:
    """Print the layer. Raises InputError for a number that there is not, or a report without its build."""
    path = options.path / "report.json" if options.path.is_dir() else options.path
    report = read_report(path)
    if not 0 <= options.number < len(report.layers):
        problem = (
            f"there is no layer {options.number}; {report.model} has layers 0 to {len(report.layers) - 1}"
        )
        raise InputError(problem, where="command line", key="layer")
    (_, graph), plan = find_graph(report, path), read_plan(path.with_name("plan.json"))
    number = options.number
    found = lines(graph, graph.layers[number], report.layers[number], plan.layers[number], report)
    for line in found:
        print_wrapped(line)
