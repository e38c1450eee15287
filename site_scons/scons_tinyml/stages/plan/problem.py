"""The choice of kernels as a problem: options of each layer, their costs, and limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil
from typing import Literal

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.footprint import Footprint
from scons_tinyml.stages.plan.lifetimes import ALIGNMENT_BYTES, Block, blocks, live_bytes, round_up
from scons_tinyml.stages.plan.memory import ActivationPlan, MemoryPlan, place_activations, plan_memory

Objective = Literal["latency", "flash", "ram"]
Figure = Literal["cycles", "slow_cycles", "flash_bytes", "ram_bytes"]
ORDER: Mapping[Objective, tuple[Figure, ...]] = {
    "latency": ("cycles", "flash_bytes", "ram_bytes"),
    "flash": ("flash_bytes", "cycles", "ram_bytes"),
    "ram": ("ram_bytes", "cycles", "flash_bytes"),
}
"""Figures to minimise, in order. Ties are decided by scratch and then by kernel name."""

Choice = Mapping[int, str]
"""Kernel by layer index."""


@dataclass(frozen=True)
class Option:
    """A kernel that was proven on a layer, with measured cycles and its scratch there."""

    kernel: str
    cycles: int
    scratch_bytes: int
    in_place: bool = False
    """True when its output may replace an input of the same type and size."""
    slow: float = 1.0
    """Factor on the cycles for the slow end of their error band."""

    @property
    def slow_cycles(self) -> int:
        """Cycles at the slow end of their error band, rounded up."""
        return ceil(self.cycles * self.slow)


@dataclass(frozen=True)
class Spending:
    """Upper limits, None for no limit. RAM is data, bss and arena, without the stack."""

    slow_cycles: int | None = None
    """Limit of the cycles at the slow ends of their error bands, with which a latency is compared."""
    flash_bytes: int | None = None
    ram_bytes: int | None = None
    arena_bytes: int | None = None
    stack_beside_arena: bool = False
    """True when only the arena's region can hold the stack, which then takes part of both limits."""
    added_bytes: int | None = None
    """Limit of what kernels add to data and bss, such as weights that start-up code copies into RAM."""
    shared_bytes: int | None = None
    """Limit of the arena with what they add, if they add anything, where both share a region."""


@dataclass(frozen=True)
class Figures:
    """Cost of a choice. RAM is data, bss and arena; the stack is only known after a run."""

    cycles: int
    flash_bytes: int
    ram_bytes: int
    arena_bytes: int
    added_bytes: int = 0
    """Data and bss of the kernels, and of weights in RAM."""
    slow_cycles: int = 0
    """Cycles at the slow ends of the error bands."""

    def within(self, limits: Spending) -> bool:
        """Return True when no limit is exceeded."""
        return all(limit is None or used <= limit for used, limit in self.against(limits))

    def against(self, limits: Spending) -> tuple[tuple[int, int | None], ...]:
        """Return each figure with its limit."""
        return (
            (self.slow_cycles, limits.slow_cycles),
            (self.flash_bytes, limits.flash_bytes),
            (self.ram_bytes, limits.ram_bytes),
            (self.arena_bytes, limits.arena_bytes),
            (self.added_bytes, limits.added_bytes),
            (self.arena_bytes + self.added_bytes, limits.shared_bytes if self.added_bytes else None),
        )


@dataclass(frozen=True)
class Problem:
    """The options of every layer with a call, by index, and the footprint of the network."""

    graph: Graph
    options: Mapping[int, tuple[Option, ...]]
    footprint: Footprint
    _figures: dict[tuple[tuple[int, str], ...], Figures] = field(default_factory=dict, compare=False)

    @cached_property
    def in_place(self) -> frozenset[int]:
        """Layers that may overwrite an input with any choice; choices then change only scratch."""
        return frozenset(
            layer for layer, found in self.options.items() if all(option.in_place for option in found)
        )

    @cached_property
    def activations(self) -> tuple[Block, ...]:
        """Blocks of the arena that do not depend on the choice."""
        return blocks(self.graph, {}, ALIGNMENT_BYTES, self.in_place)

    def live_bytes(self, time: int) -> int:
        """Return the bytes of activations that are needed while layer `time` runs."""
        return self._live.get(time, 0)

    @cached_property
    def _live(self) -> dict[int, int]:
        return live_bytes(self.activations)

    @cached_property
    def _placed(self) -> ActivationPlan | None:
        """Places of activations for any scratch, where patches make them too many to place for each choice."""
        if all(tensor.part_of is None for tensor in self.graph.tensors):
            return None
        return place_activations(self.graph, ALIGNMENT_BYTES, self.in_place)

    @cached_property
    def least_arena_bytes(self) -> int:
        """Least size of the arena without any scratch."""
        return self._placed.memory.arena_bytes if self._placed else max(self._live.values(), default=0)

    def scratch_needs_bytes(self, layer: int, option: Option) -> int:
        """Return the bytes of the arena that the scratch of `option` takes beyond the activations of `layer`."""
        size = round_up(option.scratch_bytes, ALIGNMENT_BYTES)
        if not size or not self._placed:
            return size
        return max(0, self._placed.scratch_place(layer, size) + size - self.live_bytes(layer))

    @cached_property
    def most_arena_bytes(self) -> int:
        """Size of an arena with all activations and all scratch side by side, which none exceeds."""
        scratch = (max(option.scratch_bytes for option in options) for options in self.options.values())
        blocks_bytes = sum(block.size_bytes for block in self.activations)
        return blocks_bytes + sum(round_up(size, ALIGNMENT_BYTES) for size in scratch)

    @cached_property
    def without_generated(self) -> Problem | None:
        """The problem without code generated for single layers, None when a layer has nothing else."""
        kept = {
            layer: tuple(o for o in options if not self.footprint.is_generated(layer, o.kernel))
            for layer, options in self.options.items()
        }
        return replace(self, options=kept, _figures={}) if all(kept.values()) else None

    def option(self, layer: int, kernel: str) -> Option:
        """Return the option of `layer` with the kernel `kernel`."""
        return next(option for option in self.options[layer] if option.kernel == kernel)

    def chosen(self, choice: Choice) -> dict[int, Option]:
        """Return the options of `choice`, by layer."""
        return {layer: self.option(layer, kernel) for layer, kernel in choice.items()}

    def scratch(self, choice: Choice) -> dict[int, int]:
        """Return the bytes of scratch by layer, without layers that need none."""
        found = ((layer, option.scratch_bytes) for layer, option in self.chosen(choice).items())
        return {layer: size for layer, size in found if size}

    def figures(self, choice: Choice) -> Figures:
        """Return the figures of `choice`, with its memory plan."""
        key = tuple(sorted(choice.items()))
        if key not in self._figures:
            arena = self._memory(self.scratch(choice)).arena_bytes
            data = self.footprint.ram(choice)
            self._figures[key] = Figures(
                cycles=sum(option.cycles for option in self.chosen(choice).values()),
                flash_bytes=self.footprint.flash(choice),
                ram_bytes=data + arena,
                arena_bytes=arena,
                added_bytes=data - self.footprint.ram_bytes,
                slow_cycles=sum(option.slow_cycles for option in self.chosen(choice).values()),
            )
        return self._figures[key]

    def _memory(self, scratch_bytes: Mapping[int, int]) -> MemoryPlan:
        if self._placed:
            return self._placed.with_scratch(scratch_bytes)
        return plan_memory(self.graph, scratch_bytes, ALIGNMENT_BYTES, self.in_place)

    def fastest(self) -> dict[int, str]:
        """Return the fastest kernel of each layer; ties are decided by less scratch, then by name."""
        return {layer: fastest(options).kernel for layer, options in self.options.items()}


def fastest(options: Sequence[Option]) -> Option:
    """Return the option with the least cycles, then scratch, then name."""
    return min(options, key=lambda option: (option.cycles, option.scratch_bytes, option.kernel))
