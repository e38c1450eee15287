"""The memory system as it enters a cost key: what changes cycles, and nothing else.

Names, sizes and addresses of regions stay out, so that boards which differ only in these share their rows.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from scons_tinyml.costs.key import canonical_json
from scons_tinyml.records.suggest import did_you_mean

if TYPE_CHECKING:
    from scons_tinyml.records.board import Board, MemoryRegion, Use

CODE_BUS_END = 0x2000_0000
"""ARMv7-M: addresses below go over the ICode and DCode buses, the others over the system bus (Cortex-M3
technical reference manual, section 5.7, bus interfaces)."""


@dataclass(frozen=True)
class Placement:
    """Names of the regions that code, weights, activations (with scratch) and stack lie in."""

    code: str
    weights: str
    activations: str
    stack: str


def default_placement(board: Board) -> Placement:
    """Everything in the largest region that may hold it."""
    first: dict[Use, str] = {use: board.regions(use)[0].name for use in ("code", "weights", "arena", "stack")}
    return Placement(first["code"], first["weights"], first["arena"], first["stack"])


def memory_description(board: Board, placement: Placement) -> dict[str, Any]:
    """What of `board` changes the cycles of code under `placement`, as a JSON value.

    Each use has the kind of its region, the bus and the wait states that reach it, and a number that is the
    same for uses that share (and contend for) one region. ValueError for an unknown region.
    """
    regions = {use: _region(board, name) for use, name in asdict(placement).items()}
    numbers = {name: number for number, name in enumerate(dict.fromkeys(r.name for r in regions.values()))}
    described: dict[str, Any] = {
        use: _describe(region) | {"region": numbers[region.name]} for use, region in regions.items()
    }
    if any(region.kind == "flash" for region in regions.values()):
        described["flash"] = board.flash.model_dump(mode="json", exclude_defaults=True)
    if board.core_caches:
        described["core_caches"] = board.core_caches.model_dump(mode="json", exclude_defaults=True)
    return described


def memory_text(board: Board, placement: Placement) -> str:
    """Canonical text of `memory_description`, the field `memory` of a CostKey."""
    return canonical_json(memory_description(board, placement))


def _region(board: Board, name: str) -> MemoryRegion:
    for region in board.memory:
        if region.name == name:
            return region
    hint = did_you_mean(name, (region.name for region in board.memory))
    raise ValueError(f"{board.name} has no region '{name}'; {hint}")


def _describe(region: MemoryRegion) -> dict[str, Any]:
    bus = "code" if region.origin < CODE_BUS_END else "system"
    if region.kind == "flash":  # its waits are the flash's, not the region's
        return {"kind": "flash", "bus": bus}
    if region.tightly_coupled:
        bus = "tightly coupled"
    return {"kind": "ram", "bus": bus, "wait_states": region.wait_states}
