"""Stage: measurements become a plan, a kernel for every layer and a place for every tensor.

python -m scons_tinyml.stages.plan --graph G.json --constants G.bin --measurements M.json --kernels SET,...
    --plan P.json
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.command import run
from scons_tinyml.stages.files import read_json
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.plan.assign import Candidate, assign
from scons_tinyml.stages.plan.check import check_memory
from scons_tinyml.stages.plan.measurements import measurements_from_json
from scons_tinyml.stages.plan.memory import plan_memory
from scons_tinyml.stages.plan.record import Plan, write_plan


def main(arguments: Sequence[str]) -> None:
    """Assign kernels, plan the memory that they need, and check it before it is written."""
    parser = ArgumentParser(prog="scons_tinyml.stages.plan", description="Choose kernels and plan memory.")
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("--constants", type=Path, required=True)
    parser.add_argument("--measurements", type=Path, required=True)
    parser.add_argument("--kernels", required=True, help="kernel sets to choose from, with commas between")
    parser.add_argument("--plan", type=Path, required=True, help="JSON file to write")
    options = parser.parse_args(arguments)
    graph = read_graph(options.graph, options.constants)
    measured = measurements_from_json(read_json(options.measurements))
    layers = assign(graph, only_from(options.kernels.split(","), measured))
    scratch_bytes = {layer.index: layer.scratch_bytes for layer in layers if layer.scratch_bytes}
    memory = plan_memory(graph, scratch_bytes)
    problems = check_memory(graph, scratch_bytes, memory)
    if problems:
        raise InternalError("; ".join(problems), where=graph.name)
    write_plan(Plan(memory, layers), options.plan)


def only_from(
    sets: Sequence[str], measured: Mapping[int, Sequence[Candidate]]
) -> dict[int, tuple[Candidate, ...]]:
    """`measured`, where kernels of other sets than `sets` have that as the reason against them."""
    reason = f"is not in kernels={','.join(sets)}"
    return {
        layer: tuple(
            found if found.kernel.partition("/")[0] in sets else replace(found, reason=found.reason or reason)
            for found in candidates
        )
        for layer, candidates in measured.items()
    }


if __name__ == "__main__":
    run(main)
