"""Sums over the functions and source lines of a run."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from scons_tinyml.emulator.image import Function, Image
from scons_tinyml.emulator.profile.counts import CallPath, InstructionCost

_NEAR_BITS = 24
"""Bits of 16 MiB. An address without a symbol belongs to an entry before it in the same 16 MiB.

One memory ends there at most.
"""
OUTSIDE = "(outside of instructions)"
NO_LINE = "(no source line)"


@dataclass(frozen=True)
class FunctionCost:
    """Cost of a function itself, and with everything that it called (`inclusive_cycles`).

    `calls` is the number of executions of its first instruction.
    """

    function: Function
    cycles: int
    instructions: int
    calls: int
    inclusive_cycles: int


@dataclass(frozen=True)
class LineCost:
    """Cost of the instructions of a source line. Line 0 stands for those without a known line."""

    file: str
    line: int
    cycles: int
    instructions: int


@dataclass(frozen=True)
class Profile:
    """Costs of a run, from which all tables and files are made.

    `cycles` and `instructions` are those of the run.
    """

    image: Image
    costs: tuple[InstructionCost, ...]
    paths: tuple[CallPath, ...]
    cycles: int
    instructions: int

    @property
    def cycles_outside(self) -> int:
        """Cycles that no instruction took: asleep, or entering and leaving exceptions."""
        return self.cycles - sum(cost.cycles for cost in self.costs)

    @cached_property
    def functions(self) -> tuple[FunctionCost, ...]:
        """All functions of which an instruction was executed, the costliest first."""
        parts: dict[Function, list[InstructionCost]] = defaultdict(list)
        for cost in self.costs:
            parts[self.function_at(cost.address)].append(cost)
        inclusive = self._inclusive_cycles()
        found = (_function_cost(function, costs, inclusive[function]) for function, costs in parts.items())
        return tuple(sorted(found, key=lambda item: (-item.cycles, item.function.address)))

    @cached_property
    def lines(self) -> tuple[LineCost, ...]:
        """All source lines of which an instruction was executed, the costliest first."""
        parts: dict[tuple[str, int], list[InstructionCost]] = defaultdict(list)
        for cost in self.costs:
            parts[self.image.line_of(cost.address) or (NO_LINE, 0)].append(cost)
        found = (LineCost(*line, *_sums(costs)) for line, costs in parts.items())
        return tuple(sorted(found, key=lambda item: (-item.cycles, item.file, item.line)))

    def function_at(self, address: int) -> Function:
        """Return the function of `address`, by the image's symbols or else by the calls in the run."""
        known = self.image.function_of(address)
        if known is not None:
            return known
        index = bisect_right(self._entries, address) - 1
        entry = self._entries[index] if index >= 0 else address
        start = entry if entry >> _NEAR_BITS == address >> _NEAR_BITS else address
        return Function(start, 0, f"0x{start:08x}")

    @cached_property
    def _entries(self) -> list[int]:
        return sorted({address for path in self.paths for address in path.stack})

    def _inclusive_cycles(self) -> dict[Function, int]:
        """Return inclusive cycles. A function that calls itself counts once for a chain of calls."""
        result: dict[Function, int] = defaultdict(int)
        for path in self.paths:
            for function in {self.function_at(address) for address in path.stack}:
                result[function] += path.cycles
        return result


def _function_cost(function: Function, costs: Iterable[InstructionCost], inclusive: int) -> FunctionCost:
    cycles, instructions = _sums(costs)
    calls = sum(cost.executions for cost in costs if cost.address == function.address)
    return FunctionCost(function, cycles, instructions, calls, inclusive)


def _sums(costs: Iterable[InstructionCost]) -> tuple[int, int]:
    return sum(cost.cycles for cost in costs), sum(cost.executions for cost in costs)
