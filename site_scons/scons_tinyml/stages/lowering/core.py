"""The core that a layer is lowered for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scons_tinyml.records.cores import core
from scons_tinyml.records.placement import fast_code

if TYPE_CHECKING:
    from scons_tinyml.records.board import Board
    from scons_tinyml.records.cores import Feature


@dataclass(frozen=True)
class Core:
    """Properties that an implementation may depend on.

    Clock, memory and board are left out, as boards share rows, but for what decides about variants.
    """

    name: str
    """'cortex-m4'."""
    features: frozenset[Feature]
    tries_ram_code: bool = False
    """True when functions may run from RAM as variants, as they come from a serial flash otherwise."""

    @property
    def has_thumb2(self) -> bool:
        """True when the core has instructions of 32 bits, such as MLA and SMULL."""
        return core(self.name).architecture != "v6m"

    @property
    def issues_two(self) -> bool:
        """True when two instructions may issue in a cycle."""
        return core(self.name).issues_two

    @classmethod
    def of(cls, board: Board) -> Core:
        """Return the core of `board`."""
        return cls(board.core, frozenset(board.features), fast_code(board) is not None)
