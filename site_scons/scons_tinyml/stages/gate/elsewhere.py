"""Forecast of the network on other boards from measured rows only, without linking or running."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.packs.seeds import load_seeds
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
from scons_tinyml.stages.gate.requests import ReportRequest
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.sources import KernelSources, external_folders
from scons_tinyml.stages.measure.known import KnownRow, known_rows
from scons_tinyml.stages.plan.bands import slow_factor
from scons_tinyml.stages.plan.choose import CYCLES_MARGIN, STACK_BYTES, with_margins
from scons_tinyml.stages.plan.footprint import Footprint, Part, read_footprint
from scons_tinyml.stages.plan.problem import Option, Problem, Spending
from scons_tinyml.stages.plan.record import Plan
from scons_tinyml.stages.plan.room import spending
from scons_tinyml.stages.plan.solve import best
from scons_tinyml.stages.progress import progress

CODE_FACTOR = 2
"""Upper bound on the ratio of code sizes between two cores.

Fitted: the code of the cat detector is 1.6 times as large on a Cortex-M7F, the largest of the shipped
boards', as on a Cortex-M3, the smallest.
"""


@dataclass(frozen=True)
class Elsewhere:
    """A network and everything that a forecast on other boards needs."""

    graph: Graph
    here: str
    boards: Mapping[str, Path]
    footprint: Footprint
    """Upper bound of the footprint on any core."""
    weight_bytes: int
    """Flash of the weights, the same on all boards."""
    sources: KernelSources
    """Kernel sets that the command line allows."""
    toolchain: Toolchain
    costs: Path
    budgets: Budgets
    options: BudgetLimits
    model_file: str
    subject: str
    """Command line options that name the network: 'model=wakeword quantize=float'."""

    @classmethod
    def of(cls, build: Build, request: ReportRequest[Path]) -> Elsewhere:
        """Return the network of `build`, with the files of `request`. Raises RecordError, InputError."""
        footprint = read_footprint(request.footprint)
        sources = KernelSources.read(request.kernels, external_folders(request.external))
        return cls(
            graph=build.graph,
            here=build.board.name,
            boards=find_in("boards", request.boards),
            footprint=at_most(footprint, build.sizes.weight_bytes - _own_weight_bytes(footprint, build.plan)),
            weight_bytes=build.sizes.weight_bytes,
            sources=sources.only(request.sets),
            toolchain=find_toolchain(request.compiler),
            costs=request.costs,
            budgets=read_model(request.model).budgets if request.model else Budgets(),
            options=limits_from_options(split_limits(request.limits)),
            model_file=str(request.model),
            subject=request.subject,
        )


def at_most(footprint: Footprint, weight_bytes: int) -> Footprint:
    """Return an upper bound of `footprint` on any core; `weight_bytes` of constants are the same on all."""
    return replace(
        footprint,
        flash_bytes=weight_bytes + CODE_FACTOR * (footprint.flash_bytes - weight_bytes),
        parts={name: part if part.is_data else _larger(part) for name, part in footprint.parts.items()},
    )


def _larger(code: Part) -> Part:
    return replace(code, flash_bytes=CODE_FACTOR * code.flash_bytes)


def other_boards(network: Elsewhere) -> tuple[OtherBoard, ...]:
    """Return outcomes on all other boards, passing ones first; equal outcomes are in the order of memory."""
    others = {name: path for name, path in network.boards.items() if name != network.here}
    found = []
    with CostDatabase.open(network.costs) as database, progress("other boards", len(others)) as advance:
        load_seeds(database, network.sources.folders)
        for name, path in others.items():
            found.append(_judged(network, name, path, database))
            advance(name)
    order = ("would pass", "would not pass", "not known", "not measured")
    found.sort(key=lambda pair: (order.index(pair[0].outcome), pair[1], pair[0].board))
    return tuple(board for board, _ in found)


def _judged(network: Elsewhere, name: str, path: Path, database: CostDatabase) -> tuple[OtherBoard, int]:
    """Return the outcome on the board in `path`, and its memory in bytes."""
    try:
        board = read_board(path)
        capacity = board.flash_capacity_bytes + board.ram_capacity_bytes
        return _on(network, board, database), capacity
    except TinymlError as error:
        return OtherBoard(board=name, outcome="not known", text=str(error).partition("\n")[0]), 0


def _on(network: Elsewhere, board: Board, database: CostDatabase) -> OtherBoard:
    known = known_rows(database, board, network.graph, network.sources, network.toolchain)
    for layer, found in known.items():
        if not found:
            operator = network.graph.layers[layer].operator
            return OtherBoard(
                board=board.name,
                outcome="would not pass",
                text=f"no kernel can run layer {layer} ({operator})",
            )
    options = {layer: tuple(_options(network, board, layer, found)) for layer, found in known.items()}
    if not all(options.values()):
        command = f"scons measure target={board.name} {network.subject}"
        return OtherBoard(board=board.name, outcome="not measured", text=command)
    return _forecast(network, board, Problem(network.graph, options, _complete(network.footprint, options)))


def _options(network: Elsewhere, board: Board, layer: int, known: Sequence[KnownRow]) -> Iterator[Option]:
    for found in known:
        if found.row is not None:
            item = found.item
            slow = slow_factor(board, network.graph, layer, ram_constants=item.depends_on_ram)
            yield Option(item.name, found.row.cycles, item.scratch_bytes, item.in_place, slow)


def _complete(footprint: Footprint, options: Mapping[int, Sequence[Option]]) -> Footprint:
    """Return `footprint` with kernels that were never linked, each as large as the largest known one."""
    known = {*footprint.kernels, *(kernel for found in footprint.layers.values() for kernel in found)}
    sizes = [sum(footprint.parts[part].flash_bytes for part in parts) for parts in footprint.kernels.values()]
    unknown = {option.kernel for found in options.values() for option in found} - known
    largest = Part(max(sizes, default=0), 0)
    return replace(
        footprint,
        parts={**footprint.parts, **dict.fromkeys(unknown, largest)},
        kernels={**footprint.kernels, **{kernel: (kernel,) for kernel in unknown}},
    )


def _own_weight_bytes(footprint: Footprint, plan: Plan) -> int:
    """Return the bytes of constants in layouts that only the kernels of `plan` use."""
    names = {
        part
        for layer in plan.layers
        if layer.kernel is not None
        for part in footprint.parts_on(layer.index, layer.kernel)
    }
    return sum(footprint.parts[name].flash_bytes for name in names if footprint.parts[name].is_data)


def _forecast(network: Elsewhere, board: Board, problem: Problem) -> OtherBoard:
    """Return the outcome of the fastest choice that surely fits, or else of the nearest one."""
    named = resolve_limits(board, network.budgets, network.options, network.model_file)
    limits = values(named)
    data = problem.footprint.ram_bytes
    spent = spending(board, limits, data, board.clock)
    sure = with_margins(spent)
    if spent.flash_bytes is not None and spent.flash_bytes < network.weight_bytes:
        text = f"weights alone take {format_bytes(network.weight_bytes)}"
        return OtherBoard(board=board.name, outcome="would not pass", text=text)
    choice = best(problem, replace(sure, slow_cycles=None))
    if choice is None or not problem.figures(choice).within(sure):
        possible = replace(spending(board, limits, 0, board.clock), flash_bytes=None)
        if best(problem, replace(sure, flash_bytes=None)) is not None:
            return _not_known(board, "how large its code is there, only a build can tell")
        return _not_surely(board, problem, possible)
    figures = problem.figures(choice)
    latency_s = figures.slow_cycles * (1 + CYCLES_MARGIN) / board.clock
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


def _not_surely(board: Board, problem: Problem, possible: Spending) -> OtherBoard:
    """Return 'would not pass' if no choice keeps even `possible`, else 'not known'."""
    if best(problem, possible, "ram") is not None:
        return _not_known(board, "near a limit: only a build for it can tell")
    fastest = best(problem, replace(possible, slow_cycles=None))
    if fastest is None:
        least = best(problem, Spending(), "ram")
        assert least is not None, "without limits, every assignment is allowed"
        text = f"{format_bytes(problem.figures(least).ram_bytes)} of RAM without the stack"
        return OtherBoard(board=board.name, outcome="would not pass", text=text)
    latency_s = problem.figures(fastest).slow_cycles / board.clock
    return OtherBoard(
        board=board.name,
        outcome="would not pass",
        text=f"{format_seconds(latency_s)} at best",
        latency_s=latency_s,
    )
