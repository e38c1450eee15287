"""Stage: turn measurements into a plan, with a kernel for every layer and an offset for every tensor.

python -m scons_tinyml.stages plan --graph G.json --constants G.bin --measurements M.json --footprint F.json
    --board B.toml --kernels SET ... --optimize latency --plan P.json [--model model.toml] [--limits
    "flash=48KiB"]
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.stages.plan.planning import plan_network
from scons_tinyml.stages.plan.question import read_question
from scons_tinyml.stages.plan.record import write_plan
from scons_tinyml.stages.plan.request import PlanRequest


def main(request: PlanRequest[Path]) -> None:
    """Choose kernels, plan their memory, and check the plan before writing it."""
    write_plan(plan_network(read_question(request)), request.plan)
