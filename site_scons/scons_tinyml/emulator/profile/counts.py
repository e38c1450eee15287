"""Counts of a run: per instruction, and per chain of calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class InstructionCost:
    """Cost of the instruction at `address`. `cycles` is the sum over all its `executions`."""

    address: int
    executions: int
    cycles: int


@dataclass(frozen=True)
class CallPath:
    """Cost of the innermost function of a chain of calls, its callees not included.

    `stack` holds the entry addresses of the functions, outermost first. The cycles of all paths of a run
    add up to the cycles of the run.
    """

    stack: tuple[int, ...]
    cycles: int
    instructions: int


def costs_between(
    before: Iterable[InstructionCost], after: Iterable[InstructionCost]
) -> tuple[InstructionCost, ...]:
    """Return the costs between two snapshots of a run, by address. Unexecuted instructions are left out."""
    known = {cost.address: cost for cost in before}
    changed = (_cost_since(known.get(cost.address), cost) for cost in after)
    return tuple(sorted((cost for cost in changed if cost.executions), key=lambda cost: cost.address))


def paths_between(before: Iterable[CallPath], after: Iterable[CallPath]) -> tuple[CallPath, ...]:
    """Return the costs between two snapshots of a run, by chain of calls. Unchanged chains are left out."""
    known = {path.stack: path for path in before}
    changed = (_path_since(known.get(path.stack), path) for path in after)
    return tuple(
        sorted((path for path in changed if path.cycles or path.instructions), key=lambda path: path.stack)
    )


def _cost_since(before: InstructionCost | None, after: InstructionCost) -> InstructionCost:
    if before is None:
        return after
    return InstructionCost(after.address, after.executions - before.executions, after.cycles - before.cycles)


def _path_since(before: CallPath | None, after: CallPath) -> CallPath:
    if before is None:
        return after
    return CallPath(after.stack, after.cycles - before.cycles, after.instructions - before.instructions)
