"""Stage: measurements become a plan, a kernel for every layer and a place for every tensor.

python -m scons_tinyml.stages plan --graph G.json --constants G.bin --measurements M.json --footprint F.json
    --board B.toml --kernels SET,... --optimize latency --plan P.json [--model model.toml] [--limits "flash=48KiB"]
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.stages.plan.planning import plan_network
from scons_tinyml.stages.plan.question import add_question, read_question
from scons_tinyml.stages.plan.record import write_plan


def main(arguments: Sequence[str]) -> None:
    """Choose kernels, plan the memory that they need, and check it before it is written."""
    parser = ArgumentParser(prog="scons_tinyml.stages plan", description="Choose kernels and plan memory.")
    parser.add_argument("--plan", type=Path, required=True, help="JSON file to write")
    add_question(parser)
    options = parser.parse_args(arguments)
    write_plan(plan_network(read_question(options)), options.plan)
