"""Placement of code, weights, data, arena and stack in the memory of a board."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.suggest import did_you_mean

if TYPE_CHECKING:
    from scons_tinyml.records.board import Board, MemoryRegion, Use

DEFAULT = "default"
"""Name of the placement that builds use."""

RESERVED_BYTES = 4096
"""Bytes reserved for data, bss and stack in the decision whether these share a region with the arena."""

SERIAL_WAIT_STATES = 16
"""Fewest wait states of a flash behind a serial interface. From parallel flash, code takes at most 5 % more cycles than
from RAM, and on most chips fewer."""

CODE_BUS_END = 0x2000_0000
"""ARMv7-M: addresses below go over the ICode and DCode buses, the others over the system bus (Cortex-M3
technical reference manual, section 5.7, bus interfaces)."""


@dataclass(frozen=True)
class Placement:
    """The region for each use, under a name for tables and command lines.

    `boot` holds vectors, start-up code, and the bytes that start-up code copies into RAM. `arena` holds activations
    and scratch, `code_section` generated functions that run from RAM: None where these are with the data, or in flash.
    """

    name: str
    boot: MemoryRegion
    code: MemoryRegion
    weights: MemoryRegion
    data: MemoryRegion
    arena: MemoryRegion
    stack: MemoryRegion
    code_section: MemoryRegion | None

    @property
    def copied(self) -> tuple[str, ...]:
        """Sections other than data that start-up code copies into RAM."""
        parts = (("text", self.code), ("rodata", self.weights), ("tinyml_code", self.code_section))
        return tuple(
            name for name, region in parts if region and region.kind == "ram" and self.boot.kind == "flash"
        )

    def describe(self) -> dict[str, Any]:
        """Return a JSON value of everything in the placement that changes cycles; names, sizes and addresses do not.

        Each use has the kind, bus and wait states of its region, and a number. Uses with the same number share
        (and contend for) one region.
        """
        used = {"code": self.code, "weights": self.weights, "activations": self.arena, "stack": self.stack}
        numbers: dict[str, int] = {}
        return {
            use: _describe(region) | {"region": numbers.setdefault(region.name, len(numbers))}
            for use, region in used.items()
        }


def place(board: Board, arena_bytes: int, name: str = DEFAULT) -> Placement:
    """Return the placement `name` of `placements`. Raises ValueError for an unknown name.

    The default has code and weights in flash, and the other uses in the largest region that may hold them. Data and
    stack move to another region when an arena of `arena_bytes` needs the space. Sizes that do not fit are no error
    here: the budget check judges them.
    """
    if name == DEFAULT:
        return _default(board, arena_bytes)
    found = {placement.name: placement for placement in placements(board)}
    if name not in found:
        raise ValueError(f"{board.name} has no placement '{name}'; {did_you_mean(name, found)}")
    return found[name]


def placements(board: Board) -> tuple[Placement, ...]:
    """Return all placements of `board` whose cycles may differ, the default first.

    They vary weights (flash or RAM), code (flash or RAM) and activations (each RAM region that may hold the arena).
    Of RAM regions with the same bus and wait states, weights and code use the largest. Data and stack stay.
    """
    default = _default(board, 0)
    choices = product(
        board.regions("arena"),
        [default.weights, *_rams(board, "weights")],
        [default.code, *_rams(board, "code")],
    )
    found: dict[str, Placement] = {}
    for arena, weights, code in choices:
        placement = replace(default, arena=arena, weights=weights, code=code)
        found.setdefault(str(placement.describe()), replace(placement, name=_name(placement, default)))
    return tuple(found.values())


def _default(board: Board, arena_bytes: int) -> Placement:
    arena = board.regions("arena")[0]
    crowded = arena_bytes + RESERVED_BYTES > arena.size

    def beside(use: Use) -> MemoryRegion:
        regions = board.regions(use)
        others = [region for region in regions if region is not arena]
        return others[0] if crowded and others else regions[0]

    code, fast = board.regions("code")[0], fast_code(board)
    return Placement(
        name=DEFAULT,
        boot=code,
        code=code,
        weights=board.regions("weights")[0],
        data=beside("data"),
        arena=arena,
        stack=beside("stack"),
        code_section=None if fast in (None, board.regions("data")[0]) else fast,
    )


def fast_code(board: Board) -> MemoryRegion | None:
    """Return the RAM that runs generated functions sooner than the flash of `board`; None where there is none.

    It is that of the data, or the first other one, of those without wait states. Only a serial flash is that slow.
    """
    if board.flash.wait_states < SERIAL_WAIT_STATES:
        return None
    data = board.regions("data")[0]
    regions = [region for region in board.regions("code") if region.kind == "ram" and not region.wait_states]
    return data if data in regions else next(iter(regions), None)


def _rams(board: Board, use: Use) -> Iterator[MemoryRegion]:
    """Yield the largest region of each kind of RAM that may hold `use`."""
    kinds = set()
    for region in board.regions(use):
        kind = str(_describe(region))
        if region.kind == "ram" and kind not in kinds:
            kinds.add(kind)
            yield region


def _name(placement: Placement, default: Placement) -> str:
    parts = (("activations", "arena"), ("weights", "weights"), ("code", "code"))
    moved = [
        f"{what} in {getattr(placement, use).name}"
        for what, use in parts
        if getattr(placement, use) is not getattr(default, use)
    ]
    return " + ".join(moved) or DEFAULT


def _describe(region: MemoryRegion) -> dict[str, Any]:
    bus = "code" if region.origin < CODE_BUS_END else "system"
    if region.kind == "flash":  # wait states are those of `board.flash`
        return {"kind": "flash", "bus": bus}
    if region.tightly_coupled:
        bus = "tightly coupled"
    return {"kind": "ram", "bus": bus, "wait_states": region.wait_states}


def code_alignment_bytes(board: Board) -> int:
    """Return the alignment of functions that gives a function the same flash lines in every image."""
    flash, core = board.flash, board.core_caches
    caches = (flash.instruction_cache, flash.unified_cache, core.instruction if core else None)
    return max((flash.line_width_bits // 8, *(cache.line for cache in caches if cache)))
