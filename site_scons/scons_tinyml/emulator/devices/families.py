"""Devices of a board's chip family: one file per family beside this one, found by its name.

A family file has the function `devices(board, system)`, which returns the devices on a chip's buses apart
from those of the Arm core. It also has `PRIORITY_BITS`, the __NVIC_PRIO_BITS of the CMSIS header,
`SYSTICK_REFERENCE_HZ`, the reference clock of SysTick, or `BIT_BANDS`, False where the maker left them out: where
the chips differ from most around their core.

docs/adding-a-chip-family.md lists the other needs of a family.
"""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.devices.bus import Device, System
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.registry import Plugins

FAMILIES = Plugins("scons_tinyml.emulator.devices", provides="devices")

_PRIORITY_BITS = 4
_SYSTICK_DIVIDER = 8  # RM0432, 'SysTick calibration value register'


def families() -> tuple[str, ...]:
    """Return the names of the families that the emulator knows."""
    return FAMILIES.names()


def priority_bits(board: Board) -> int:
    """Return the bits of a priority on the board's chip, where its core leaves that to the maker."""
    return int(_fact(board, "PRIORITY_BITS", _PRIORITY_BITS))


def systick_reference_cycles(board: Board) -> int:
    """Return the core cycles in one cycle of SysTick's reference clock, which is HCLK / 8 on most chips."""
    hz = _fact(board, "SYSTICK_REFERENCE_HZ", 0)
    return board.clock // int(hz) if hz else _SYSTICK_DIVIDER


def has_bit_bands(board: Board) -> bool:
    """Return whether the board's chip has the bit-band aliases, which a core may have and a maker may leave out."""
    return board.core_facts.has_bit_bands and bool(_fact(board, "BIT_BANDS", True))


def check_family(board: Board) -> None:
    """Raise RecordError when the board's descriptor names a family without a file."""
    name = board.devices
    if name is not None and name not in families():
        raise RecordError(
            f"the emulator has no chip family '{name}'",
            where=f"boards/{board.name}.toml",
            key="devices",
            hint=did_you_mean(name, families()),
        )


def family_devices(board: Board, system: System) -> list[Device]:
    """Return the devices of the board's family, none if the descriptor names no family.

    Raises RecordError for unknown families.
    """
    if board.devices is None:
        return []
    check_family(board)
    return list(FAMILIES.load(board.devices).devices(board, system))


def _fact(board: Board, name: str, default: Any) -> Any:
    if board.devices is None or board.devices not in FAMILIES:
        return default
    return getattr(FAMILIES.load(board.devices), name, default)
