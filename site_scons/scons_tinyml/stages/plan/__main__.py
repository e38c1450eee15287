"""Stage: measurements become a plan, a kernel for every layer and a place for every tensor.

python -m scons_tinyml.stages plan --graph G.json --constants G.bin --measurements M.json --footprint F.json
    --board B.toml --kernels SET,... --optimize latency --plan P.json [--model model.toml] [--limits "flash=48KiB"]
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.plan.assign import layer_plans
from scons_tinyml.stages.plan.check import check_memory
from scons_tinyml.stages.plan.choose import Reasons, choose
from scons_tinyml.stages.plan.memory import plan_memory
from scons_tinyml.stages.plan.question import add_question, read_question
from scons_tinyml.stages.plan.record import Plan, write_plan


def main(arguments: Sequence[str]) -> None:
    """Choose kernels, plan the memory that they need, and check it before it is written."""
    parser = ArgumentParser(prog="scons_tinyml.stages plan", description="Choose kernels and plan memory.")
    parser.add_argument("--plan", type=Path, required=True, help="JSON file to write")
    add_question(parser)
    options = parser.parse_args(arguments)
    question = read_question(options)
    choice = choose(question.problem, question.limits, question.objective)
    reasons = Reasons(question.problem, choice, question.limits, question.objective)
    layers = layer_plans(question.graph, question.candidates, choice, reasons)
    scratch_bytes = {layer.index: layer.scratch_bytes for layer in layers if layer.scratch_bytes}
    in_place = question.problem.in_place
    memory = plan_memory(question.graph, scratch_bytes, in_place=in_place)
    problems = check_memory(question.graph, scratch_bytes, memory, in_place=in_place)
    if problems:
        raise InternalError("; ".join(problems), where=question.graph.name)
    write_plan(Plan(memory, layers), options.plan)
