"""Which other boards would keep the limits: from rows that were measured, without linking or running anything."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.key import CostKey
from scons_tinyml.costs.packs.seeds import load_seeds
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.budget import BudgetLimits, Budgets, limits_from_options, split_limits
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.records.limits import resolve_limits, values
from scons_tinyml.records.model import read_model
from scons_tinyml.records.remedies import OtherBoard
from scons_tinyml.records.units import format_bytes, format_seconds
from scons_tinyml.resources import find_in
from scons_tinyml.stages.firmware.toolchain import Toolchain, find_toolchain
from scons_tinyml.stages.gate.assemble import Build
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.measure.identity import Identity, KernelSources, external_folders
from scons_tinyml.stages.plan.candidates import Applicability, candidates
from scons_tinyml.stages.plan.choose import CYCLES_MARGIN, STACK_BYTES, with_margins
from scons_tinyml.stages.plan.footprint import CodePart, Footprint, read_footprint
from scons_tinyml.stages.plan.problem import Option, Problem, Spending
from scons_tinyml.stages.plan.room import spending
from scons_tinyml.stages.plan.solve import best

CODE_FACTOR = 2
"""How many times as large as here the same code may be on another core, at most. Fitted: the cat detector's code is 1.6
times as large on a Cortex-M7F, the largest of the shipped boards', as on a Cortex-M3, the smallest."""


@dataclass(frozen=True)
class Elsewhere:
    """A network that is not to be run where it was built."""

    graph: Graph
    here: str
    boards: Mapping[str, Path]
    footprint: Footprint
    """At most, on any core."""
    weight_bytes: int
    """The same everywhere."""
    sources: KernelSources
    sets: tuple[str, ...]
    """Kernel sets that the command line allows."""
    toolchain: Toolchain
    costs: Path
    budgets: Budgets
    options: BudgetLimits
    model_file: str
    subject: str
    """How the command line names the network: 'model=wakeword quantize=float'."""

    @classmethod
    def of(cls, build: Build, given: Namespace) -> Elsewhere:
        """From what the report is made of. Raises RecordError, InputError."""
        return cls(
            graph=build.graph,
            here=build.board.name,
            boards=find_in("boards", [Path(folder) for folder in given.boards.split(os.pathsep)]),
            footprint=at_most(read_footprint(given.footprint), build.sizes.weight_bytes),
            weight_bytes=build.sizes.weight_bytes,
            sources=KernelSources.read(given.kernels, external_folders(given.external)),
            sets=tuple(given.sets.split(",")),
            toolchain=find_toolchain(given.compiler),
            costs=given.costs,
            budgets=read_model(given.model).budgets if given.model else Budgets(),
            options=limits_from_options(split_limits(given.limits)),
            model_file=str(given.model),
            subject=given.subject,
        )


@dataclass(frozen=True)
class _Trial:
    layer: int
    item: Applicability
    key: CostKey


def at_most(footprint: Footprint, weight_bytes: int) -> Footprint:
    """What the code of `footprint` takes on any core at most; weights are the same everywhere."""
    return Footprint(
        flash_bytes=weight_bytes + CODE_FACTOR * (footprint.flash_bytes - weight_bytes),
        ram_bytes=footprint.ram_bytes,
        parts={
            name: CodePart(CODE_FACTOR * part.flash_bytes, part.ram_bytes)
            for name, part in footprint.parts.items()
        },
        kernels=footprint.kernels,
    )


def other_boards(network: Elsewhere) -> tuple[OtherBoard, ...]:
    """All boards but the one it was built for: those that would pass first, the one with the least memory before."""
    with CostDatabase.open(network.costs) as database:
        load_seeds(database, network.sources.folder)
        found = [
            _judged(network, name, path, database)
            for name, path in network.boards.items()
            if name != network.here
        ]
    order = ("would pass", "would not pass", "not known", "not measured")
    found.sort(key=lambda pair: (order.index(pair[0].outcome), pair[1], pair[0].board))
    return tuple(board for board, _ in found)


def _judged(network: Elsewhere, name: str, path: Path, database: CostDatabase) -> tuple[OtherBoard, int]:
    """The board and its memory in bytes."""
    try:
        board = read_board(path)
        capacity = board.flash_capacity_bytes + board.ram_capacity_bytes
        return _on(network, board, database), capacity
    except TinymlError as error:
        return OtherBoard(board=name, outcome="not known", text=str(error).partition("\n")[0]), 0


def _on(network: Elsewhere, board: Board, database: CostDatabase) -> OtherBoard:
    usable = {
        layer: [item for item in items if item.reason is None and item.kernel.set_name in network.sets]
        for layer, items in candidates(network.graph, network.sources.kernels, board.features).items()
    }
    for layer, items in usable.items():
        if not items:
            operator = network.graph.layers[layer].operator
            return OtherBoard(
                board=board.name,
                outcome="would not pass",
                text=f"no kernel can run layer {layer} ({operator})",
            )
    trials = list(_trials(network, board, usable))
    rows = database.find(trial.key for trial in trials)
    options = {layer: _options(layer, trials, rows) for layer in usable}
    if not all(options.values()):
        command = f"scons measure target={board.name} {network.subject}"
        return OtherBoard(board=board.name, outcome="not measured", text=command)
    return _forecast(network, board, Problem(network.graph, options, _complete(network.footprint, options)))


def _trials(
    network: Elsewhere, board: Board, usable: Mapping[int, Sequence[Applicability]]
) -> Iterator[_Trial]:
    identity = Identity(board, network.toolchain, network.sources, oracle="")
    for layer, items in usable.items():
        view = network.graph.view(network.graph.layers[layer])
        for item in items:
            yield _Trial(layer, item, identity.cost(view, item.kernel))


def _options(layer: int, trials: Sequence[_Trial], rows: Mapping[str, CostRow]) -> tuple[Option, ...]:
    return tuple(
        Option(
            trial.item.kernel.name,
            rows[trial.key.digest].cycles,
            trial.item.scratch_bytes,
            trial.item.kernel.in_place,
        )
        for trial in trials
        if trial.layer == layer and trial.key.digest in rows
    )


def _complete(footprint: Footprint, options: Mapping[int, Sequence[Option]]) -> Footprint:
    """With the largest kernel's code for each kernel that runs on other cores only, and was linked nowhere."""
    sizes = [sum(footprint.parts[part].flash_bytes for part in parts) for parts in footprint.kernels.values()]
    unknown = {option.kernel for found in options.values() for option in found} - set(footprint.kernels)
    largest = CodePart(max(sizes, default=0), 0)
    return Footprint(
        footprint.flash_bytes,
        footprint.ram_bytes,
        {**footprint.parts, **dict.fromkeys(unknown, largest)},
        {**footprint.kernels, **{kernel: (kernel,) for kernel in unknown}},
    )


def _forecast(network: Elsewhere, board: Board, problem: Problem) -> OtherBoard:
    """What surely fits, and of that the fastest, against the limits; else whether anything can."""
    named = resolve_limits(board, network.budgets, network.options, network.model_file)
    limits = values(named)
    data = problem.footprint.ram(problem.footprint.kernels)
    seconds_per_cycle = (1 + timing_for(board.core).band.high) / board.clock
    spent = spending(board, limits, data)
    sure = with_margins(spent)
    if spent.flash_bytes is not None and spent.flash_bytes < network.weight_bytes:
        text = f"weights alone take {format_bytes(network.weight_bytes)}"
        return OtherBoard(board=board.name, outcome="would not pass", text=text)
    choice = best(problem, replace(sure, cycles=None))
    if choice is None or not problem.figures(choice).within(sure):
        possible = replace(spending(board, limits, 0), flash_bytes=None)
        if best(problem, replace(sure, flash_bytes=None)) is not None:
            return _not_known(board, "how large its code is there, only a build can tell")
        return _not_surely(board, problem, possible, seconds_per_cycle)
    figures = problem.figures(choice)
    latency_s = figures.cycles * (1 + CYCLES_MARGIN) * seconds_per_cycle
    ram_bytes = figures.ram_bytes + STACK_BYTES
    return OtherBoard(
        board=board.name,
        outcome="would pass",
        text=f"{format_seconds(latency_s)}, {format_bytes(ram_bytes)} of RAM, "
        f"at most {format_bytes(figures.flash_bytes)} of flash",
        latency_s=latency_s,
        ram_bytes=ram_bytes,
        flash_bytes_at_most=figures.flash_bytes,
    )


def _not_known(board: Board, text: str) -> OtherBoard:
    return OtherBoard(board=board.name, outcome="not known", text=text)


def _not_surely(board: Board, problem: Problem, possible: Spending, seconds_per_cycle: float) -> OtherBoard:
    """Not at all, if even without a stack and with code of any size no choice keeps `possible`."""
    if best(problem, possible, "ram") is not None:
        return _not_known(board, "near a limit: only a build for it can tell")
    fastest = best(problem, replace(possible, cycles=None))
    if fastest is None:
        least = best(problem, Spending(), "ram")
        assert least is not None, "without limits, every assignment is allowed"
        text = f"{format_bytes(problem.figures(least).ram_bytes)} of RAM without the stack"
        return OtherBoard(board=board.name, outcome="would not pass", text=text)
    latency_s = problem.figures(fastest).cycles * seconds_per_cycle
    return OtherBoard(
        board=board.name,
        outcome="would not pass",
        text=f"{format_seconds(latency_s)} at best",
        latency_s=latency_s,
    )
