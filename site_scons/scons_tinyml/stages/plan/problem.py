"""The choice of kernels as a problem: what may run each layer, what each choice costs, and what may be spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.footprint import Footprint
from scons_tinyml.stages.plan.lifetimes import ALIGNMENT_BYTES, Block, blocks, lower_bound_bytes
from scons_tinyml.stages.plan.memory import plan_memory

Objective = Literal["latency", "flash", "ram"]
Figure = Literal["cycles", "flash_bytes", "ram_bytes"]
ORDER: Mapping[Objective, tuple[Figure, ...]] = {
    "latency": ("cycles", "flash_bytes", "ram_bytes"),
    "flash": ("flash_bytes", "cycles", "ram_bytes"),
    "ram": ("ram_bytes", "cycles", "flash_bytes"),
}
"""Figures to minimise, the first one first. Scratch and the kernels' names decide what is equal after that."""

Choice = Mapping[int, str]
"""Kernel by layer index."""


@dataclass(frozen=True)
class Option:
    """A kernel that was proven on a layer: measured cycles, and the scratch that it needs there."""

    kernel: str
    cycles: int
    scratch_bytes: int
    in_place: bool = False
    """Its output may lie where an input of the same type and size lies."""


@dataclass(frozen=True)
class Spending:
    """The most that may be spent, None where there is no limit. RAM is data, bss and arena: the stack is not in it."""

    cycles: int | None = None
    flash_bytes: int | None = None
    ram_bytes: int | None = None
    arena_bytes: int | None = None
    stack_beside_arena: bool = False
    """The stack has no other place than the arena's region, so that room for it has to be left in both limits."""


@dataclass(frozen=True)
class Figures:
    """Cost of a choice. RAM is data, bss and arena; the stack is known only after a run."""

    cycles: int
    flash_bytes: int
    ram_bytes: int
    arena_bytes: int

    def within(self, limits: Spending) -> bool:
        """True where no limit is exceeded."""
        return all(limit is None or used <= limit for used, limit in self.against(limits))

    def against(self, limits: Spending) -> tuple[tuple[int, int | None], ...]:
        """Each figure with its limit."""
        return (
            (self.cycles, limits.cycles),
            (self.flash_bytes, limits.flash_bytes),
            (self.ram_bytes, limits.ram_bytes),
            (self.arena_bytes, limits.arena_bytes),
        )


@dataclass(frozen=True)
class Problem:
    """The options of every layer that runs something, by its index, and what an image of the network takes."""

    graph: Graph
    options: Mapping[int, tuple[Option, ...]]
    footprint: Footprint
    _figures: dict[tuple[tuple[int, str], ...], Figures] = field(default_factory=dict, compare=False)

    @cached_property
    def in_place(self) -> frozenset[int]:
        """Layers that may write over an input, whatever is chosen: what the arena takes depends on no choice."""
        return frozenset(
            layer for layer, found in self.options.items() if all(option.in_place for option in found)
        )

    @cached_property
    def activations(self) -> tuple[Block, ...]:
        """Blocks of the arena that do not depend on the choice."""
        return blocks(self.graph, {}, ALIGNMENT_BYTES, self.in_place)

    def live_bytes(self, time: int) -> int:
        """Bytes of activations that are needed while layer `time` runs."""
        return sum(part.size_bytes for part in self.activations if part.first <= time <= part.last)

    @cached_property
    def least_arena_bytes(self) -> int:
        """Least size of the arena without any scratch."""
        return lower_bound_bytes(self.activations)

    def option(self, layer: int, kernel: str) -> Option:
        """The option of `layer` that is called `kernel`."""
        return next(option for option in self.options[layer] if option.kernel == kernel)

    def chosen(self, choice: Choice) -> dict[int, Option]:
        """The options that `choice` takes, by layer."""
        return {layer: self.option(layer, kernel) for layer, kernel in choice.items()}

    def scratch(self, choice: Choice) -> dict[int, int]:
        """Bytes of scratch by layer, of layers that need any."""
        found = ((layer, option.scratch_bytes) for layer, option in self.chosen(choice).items())
        return {layer: size for layer, size in found if size}

    def figures(self, choice: Choice) -> Figures:
        """Figures of `choice`, with its memory plan."""
        key = tuple(sorted(choice.items()))
        if key not in self._figures:
            memory = plan_memory(self.graph, self.scratch(choice), ALIGNMENT_BYTES, self.in_place)
            arena = memory.arena_bytes
            self._figures[key] = Figures(
                cycles=sum(option.cycles for option in self.chosen(choice).values()),
                flash_bytes=self.footprint.flash(choice),
                ram_bytes=self.footprint.ram(choice) + arena,
                arena_bytes=arena,
            )
        return self._figures[key]

    def fastest(self) -> dict[int, str]:
        """The fastest kernel of each layer by itself; equal cycles are decided by less scratch, then by name."""
        return {layer: fastest(options).kernel for layer, options in self.options.items()}


def fastest(options: Sequence[Option]) -> Option:
    """Option with the least cycles, then scratch, then name."""
    return min(options, key=lambda option: (option.cycles, option.scratch_bytes, option.kernel))
