"""Remedies of a failed build: other kernels, variants of the model, other boards. Imported only then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import cast

from scons_tinyml.records.board import Board
from scons_tinyml.records.remedies import KernelChange, Kernels, Remedies, Variants
from scons_tinyml.records.report import Finding, Report
from scons_tinyml.records.report import errors as errors_of
from scons_tinyml.stages.gate.assemble import Build
from scons_tinyml.stages.gate.elsewhere import Elsewhere, other_boards
from scons_tinyml.stages.gate.forecast import forecast
from scons_tinyml.stages.gate.misses import conflict, hopeless
from scons_tinyml.stages.gate.requests import ReportRequest
from scons_tinyml.stages.gate.situation import Sets, Situation
from scons_tinyml.stages.gate.solutions import Solution, changed, solution
from scons_tinyml.stages.gate.variants import variants_for
from scons_tinyml.stages.gate.wording import (
    amounts,
    conflict_sentence,
    hopeless_sentence,
    solution_sentence,
)
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.assign import Candidate, Candidates
from scons_tinyml.stages.plan.assign import options as kernel_options
from scons_tinyml.stages.plan.bands import with_bands
from scons_tinyml.stages.plan.evidence import in_one_class
from scons_tinyml.stages.plan.footprint import Footprint, read_footprint
from scons_tinyml.stages.plan.measurements import read_measurements
from scons_tinyml.stages.plan.patches import remedy
from scons_tinyml.stages.plan.problem import Objective, Problem
from scons_tinyml.stages.plan.record import Plan
from scons_tinyml.stages.plan.room import spending

RESOURCES = ("flash", "ram", "latency", "region")
"""Kinds of findings that other kernels or another board can change."""


def with_remedies(report: Report, build: Build, request: ReportRequest[Path]) -> Report:
    """Return `report` with remedies; those for size and time only if it has no other errors.

    A choice of kernels that passes becomes the advice of the first finding. Raises RecordError,
    ModelFileError.
    """
    errors = errors_of(report.findings)
    variants = _variants(report, request)
    if any(finding.kind not in RESOURCES for finding in errors):
        is_known = variants is not None and all(finding.kind in report.limits for finding in errors)
        return report.model_copy(update={"remedies": Remedies(variants=variants)}) if is_known else report
    kernels = kernels_for(situation(report, build, request)) if _kernels_matter(errors, build.board) else None
    boards = other_boards(Elsewhere.of(build, request))
    findings = report.findings
    if kernels is not None and kernels.outcome == "passes":
        findings = tuple(_advised(finding, errors[0], kernels.text) for finding in findings)
    remedies = Remedies(kernels=kernels, patches=_patches(errors, build), variants=variants, boards=boards)
    return report.model_copy(update={"findings": findings, "remedies": remedies})


def situation(report: Report, build: Build, request: ReportRequest[Path]) -> Situation:
    """Return the choice of kernels of `build`, read from its input files."""
    return situation_of(
        report,
        build.board,
        build.graph,
        build.plan,
        measured=read_measurements(request.measurements),
        footprint=read_footprint(request.footprint),
        sets=request.sets,
        objective=cast(Objective, request.optimize),
    )


def situation_of(
    report: Report,
    board: Board,
    graph: Graph,
    plan: Plan,
    *,
    measured: Candidates,
    footprint: Footprint,
    sets: Sets,
    objective: Objective,
) -> Situation:
    """Return the choice of kernels that `plan` made of what was `measured`, under the limits of `report`."""
    known = with_bands(board, graph, as_planned(measured, plan))
    choice = {layer.index: layer.kernel for layer in plan.layers if layer.kernel is not None}
    planned = Problem(graph, kernel_options(graph, known), footprint).figures(choice)
    limits = {name: limit.value for name, limit in report.limits.items()}
    return Situation(
        graph=graph,
        measured=known,
        footprint=footprint,
        sets=sets,
        objective=objective,
        budgets=spending(board, limits, footprint.ram_bytes, board.clock),
        choice=choice,
        forecast=forecast(report, board, footprint, planned),
    )


def as_planned(measured: Candidates, plan: Plan) -> dict[int, tuple[Candidate, ...]]:
    """Return `measured` with cycles of the one class of evidence that `plan` was made with.

    With more kernel sets, every layer may have rows of a board though the plan did not.
    """
    on_board = any(layer.kernel and layer.evidence == "hardware" for layer in plan.layers)
    found = in_one_class(measured) if on_board else measured
    return {layer: tuple(replace(one, other=None) for one in known) for layer, known in found.items()}


def kernels_for(case: Situation) -> Kernels | None:
    """Return the nearest choice of kernels within the limits, or else the limits that no choice keeps."""
    found = solution(case)
    if found is not None:
        return _found(case, found)
    if broken := hopeless(case):
        return Kernels(outcome="misses", text=hopeless_sentence(case, broken))
    clash = conflict(case)
    return Kernels(outcome="misses", text=conflict_sentence(case, clash)) if clash else None


def _found(case: Situation, found: Solution) -> Kernels:
    after = amounts(case, found.figures)
    names = {layer.index: layer.name for layer in case.graph.layers}
    return Kernels(
        outcome="passes" if found.surely else "may pass",
        text=solution_sentence(case, found),
        changes=tuple(
            KernelChange(
                layer=layer, name=names[layer], kernel=found.choice[layer], instead_of=case.choice[layer]
            )
            for layer in changed(case, found.choice)
        ),
        options=found.way.options if found.way else None,
        flash_bytes=round(after["flash"]),
        ram_bytes=round(after["ram"]),
        latency_s=after["latency"],
    )


def _variants(report: Report, request: ReportRequest[Path]) -> Variants | None:
    """Return what is known of variants of the model; None for a model without any."""
    model, _, made_of = request.variants.partition("=")
    return variants_for(report, model, made_of, request.explored) if model else None


def _patches(errors: Sequence[Finding], build: Build) -> str | None:
    """Return what patches would give, where the RAM or the region of the arena is exceeded."""
    arena = build.board.regions("arena")[0].name
    over = [
        finding.over_by
        for finding in errors
        if finding.over_by is not None
        and (finding.kind == "ram" or (finding.kind == "region" and finding.region == arena))
    ]
    arena_bytes = build.plan.memory.arena_bytes
    return remedy(build.graph, arena_bytes, arena_bytes - ceil(max(over))) if over else None


def _kernels_matter(errors: Sequence[Finding], board: Board) -> bool:
    """Return False when a region overflows that holds no kernel data, such as one for the stack alone."""
    ours = {board.regions(use)[0].name for use in ("code", "weights", "arena")}
    return all(finding.region in ours for finding in errors if finding.kind == "region")


def _advised(finding: Finding, first: Finding, advice: str) -> Finding:
    if finding.severity != "error":
        return finding
    return finding.model_copy(update={"advice": advice if finding is first else "the same"})
