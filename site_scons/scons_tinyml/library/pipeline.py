"""The steps from a network to judged firmware. Every step takes and returns records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.library.network import Network
from scons_tinyml.library.workspace import Workspace, compile_kernels
from scons_tinyml.records.budget import Budgets, limits_from_options, split_limits
from scons_tinyml.records.limits import Limit, resolve_limits, values
from scons_tinyml.records.report import Provenance, Report
from scons_tinyml.resources import version
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.files import file_sha256
from scons_tinyml.stages.firmware.image import ImageBuilder, network_texts
from scons_tinyml.stages.firmware.sizes import Sizes, image_sizes, read_image
from scons_tinyml.stages.footprint.link import footprint
from scons_tinyml.stages.gate.assemble import Build, assemble
from scons_tinyml.stages.gate.build import NO_SAMPLES, kernel_sources, quantization
from scons_tinyml.stages.litert import oracle_for
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import Implementation, Lowered, implementations
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.measure.campaign import Campaign, refuse_hopeless
from scons_tinyml.stages.measure.samples import layer_samples
from scons_tinyml.stages.plan import planning
from scons_tinyml.stages.plan.assign import Candidates, options
from scons_tinyml.stages.plan.bands import with_bands
from scons_tinyml.stages.plan.evidence import in_one_class
from scons_tinyml.stages.plan.problem import Objective, Problem
from scons_tinyml.stages.plan.question import Question
from scons_tinyml.stages.plan.record import Plan
from scons_tinyml.stages.plan.room import spending
from scons_tinyml.stages.run.network import run_network
from scons_tinyml.stages.run.record import RunResult
from scons_tinyml.stages.samples import network_inputs

SAMPLES = 4
"""Number of samples that the firmware is run on."""

LoweredNetwork = Mapping[int, Sequence[Lowered]]
"""Implementations by layer; those that cannot run the layer have the reason."""


@dataclass(frozen=True)
class Firmware:
    """A linked image with its plan, sizes, run and report."""

    elf: Path
    plan: Plan
    sizes: Sizes
    run: RunResult
    report: Report


def lower_network(network: Network, workspace: Workspace) -> dict[int, tuple[Lowered, ...]]:
    """Return the implementations of every layer that runs code. Raises UnsupportedError for a layer without any."""
    providers = workspace.sources.providers
    refuse_hopeless(workspace.board, network.graph, providers)
    return lower(network.graph, providers, Core.of(workspace.board))


@dataclass(frozen=True)
class Measured:
    """Cycles and proofs by layer, with the implementations: also schedules that only a search has measured."""

    candidates: Candidates
    lowered: LoweredNetwork


def measure_network(
    network: Network, workspace: Workspace, builder: ImageBuilder, *, tune_s: float = 0.0
) -> Measured:
    """Return cycles and proofs of all implementations; the emulator measures those that the database lacks.

    For `tune_s` seconds it looks for faster schedules than the usual ones.

    Raises UnsupportedError for a network that the oracle cannot run, EnvironmentProblem for the database.
    """
    samples, oracle = layer_samples(network.graph, network.tflite, network.samples)
    campaign = Campaign(
        workspace.board,
        network.graph,
        workspace.sources,
        workspace.toolchain,
        builder.startup,
        builder.archives,
        samples,
        oracle,
        trust=workspace.trust,
    )
    with CostDatabase.open(workspace.database) as database:
        candidates = campaign.run(database, tune_s)
    return Measured(candidates, campaign.lowered)


def plan_network(
    network: Network,
    workspace: Workspace,
    builder: ImageBuilder,
    measured: Measured,
    limits: Mapping[str, Limit],
    objective: Objective = "latency",
) -> Plan:
    """Return the choice of kernels and the memory plan within `limits`, which are in SI units by resource.

    `objective` is the figure to minimize. Raises UnsupportedError for a layer that no proven kernel runs."""
    seen = footprint(replace(builder, folder=workspace.folder / "footprint"), network.graph, measured.lowered)
    candidates = with_bands(workspace.board, network.graph, in_one_class(measured.candidates))
    found = options(network.graph, candidates)
    question = Question(
        board=workspace.board,
        graph=network.graph,
        candidates=candidates,
        problem=Problem(network.graph, found, seen),
        budgets=spending(workspace.board, values(limits), seen.ram_bytes, workspace.board.clock),
        objective=objective,
    )
    return planning.plan_network(question)


def build_image(network: Network, builder: ImageBuilder, lowered: LoweredNetwork, plan: Plan) -> Path:
    """Link the image of `plan` in the folder of `builder`, and return its ELF file."""
    chosen = {
        layer.index: _chosen(lowered, layer.index, layer.kernel) for layer in plan.layers if layer.kernel
    }
    name = c_identifier(network.graph.name)
    texts = network_texts(builder.board, network.graph, plan.memory, chosen, network.graph.name)
    return builder.build(texts, name)


def run_image(network: Network, workspace: Workspace, elf: Path, plan: Plan) -> RunResult:
    """Run `elf` on the samples of `network`. Return cycles, stack and outputs, compared with the oracle's."""
    oracle = oracle_for(network.tflite.read_bytes(), network.tflite)
    inputs = network_inputs(network.graph, network.samples, SAMPLES)
    return run_network(workspace.board, elf, network.graph, plan, oracle, inputs)


def judge_firmware(
    network: Network,
    workspace: Workspace,
    elf: Path,
    plan: Plan,
    run: RunResult,
    limits: Mapping[str, Limit],
) -> tuple[Sizes, Report]:
    """Return the sizes of `elf`, and the report with the verdict under `limits`."""
    board, graph = workspace.board, network.graph
    arena_bytes = plan.memory.arena_bytes
    sizes = image_sizes(read_image(elf), board, c_identifier(graph.name), arena_bytes)
    build = Build(
        board=board,
        model=graph.name,
        quantization=quantization("given", graph),
        graph=graph,
        plan=plan,
        sizes=sizes,
        run=run,
        evaluation=NO_SAMPLES,
        limits=limits,
        provenance=Provenance(
            scons_tinyml=version(),
            compiler=workspace.toolchain.version,
            timing_model=run.timing_model,
            kernel_sources=kernel_sources(plan, workspace.sources.folders, workspace.sources.externals),
            network_sha256=file_sha256(network.tflite),
        ),
    )
    return sizes, assemble(build)


def build_firmware(
    network: Network, workspace: Workspace, *, limits: str = "", objective: Objective = "latency"
) -> Firmware:
    """Run all steps. `limits` are budgets as on a command line: 'flash=48KiB latency=40ms'.

    Firmware over its budget is made too; the verdict is in its report. `objective` is the figure to minimize within
    the limits. Raises InputError for invalid limits, UnsupportedError, EnvironmentProblem.
    """
    in_force = resolve_limits(
        workspace.board, Budgets(), limits_from_options(split_limits(limits)), "no model"
    )
    lowered = lower_network(network, workspace)
    usable = (item for items in lowered.values() for item in implementations(items))
    builder = compile_kernels(workspace, usable)
    measured = measure_network(network, workspace, builder)
    plan = plan_network(network, workspace, builder, measured, in_force, objective)
    elf = build_image(network, builder, measured.lowered, plan)
    run = run_image(network, workspace, elf, plan)
    sizes, report = judge_firmware(network, workspace, elf, plan, run, in_force)
    return Firmware(elf, plan, sizes, run, report)


def _chosen(lowered: LoweredNetwork, layer: int, name: str) -> Implementation:
    return next(item for item in implementations(lowered[layer]) if item.name == name)
