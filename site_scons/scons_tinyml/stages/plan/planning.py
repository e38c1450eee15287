"""The plan of a network: a kernel for every layer and a place for every tensor."""

from __future__ import annotations

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.plan.assign import layer_plans
from scons_tinyml.stages.plan.check import check_memory
from scons_tinyml.stages.plan.choose import Reasons, choose
from scons_tinyml.stages.plan.memory import plan_memory
from scons_tinyml.stages.plan.question import Question
from scons_tinyml.stages.plan.record import Plan


def plan_network(question: Question) -> Plan:
    """Return the best choice of kernels within the budgets of `question`, with its checked memory plan.

    If no choice keeps the budgets, it is the best one without them: the gate judges the image. Raises
    InternalError for a memory plan that fails its check.
    """
    choice = choose(question.problem, question.budgets, question.objective)
    reasons = Reasons(question.problem, choice, question.budgets, question.objective)
    layers = layer_plans(question.graph, question.candidates, choice, reasons)
    scratch_bytes = {layer.index: layer.scratch_bytes for layer in layers if layer.scratch_bytes}
    in_place = question.problem.in_place
    memory = plan_memory(question.graph, scratch_bytes, in_place=in_place)
    problems = check_memory(question.graph, scratch_bytes, memory, in_place=in_place)
    if problems:
        raise InternalError("; ".join(problems), where=question.graph.name)
    return Plan(memory, layers)
