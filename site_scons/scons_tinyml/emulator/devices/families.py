"""The devices of a board's chip family: one file per family beside this one, found by its name.

A family file has the function `devices(board, system)`, which returns what a chip of the family has on its buses apart
from what belongs to the Arm core. Where the chips differ from most in what surrounds their core, it also has
`PRIORITY_BITS`, the __NVIC_PRIO_BITS of the CMSIS header, or `SYSTICK_REFERENCE_HZ`, the reference clock of SysTick.

What else a family needs is listed in docs/adding-a-chip-family.md.
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
    """Names of the families that the emulator knows."""
    return FAMILIES.names()


def priority_bits(board: Board) -> int:
    """Bits of a priority on the board's chip, where its core leaves that to the maker."""
    return int(_fact(board, "PRIORITY_BITS", _PRIORITY_BITS))


def systick_reference_cycles(board: Board) -> int:
    """Cycles of the core in one of SysTick's reference clock; of most chips that is HCLK / 8."""
    hz = _fact(board, "SYSTICK_REFERENCE_HZ", 0)
    return board.clock // int(hz) if hz else _SYSTICK_DIVIDER


def check_family(board: Board) -> None:
    """Raise RecordError when the board's descriptor names a family that there is no file for."""
    name = board.devices
    if name is not None and name not in families():
        raise RecordError(
            f"the emulator has no chip family '{name}'",
            where=f"boards/{board.name}.toml",
            key="devices",
            hint=did_you_mean(name, families()),
        )


def family_devices(board: Board, system: System) -> list[Device]:
    """Devices of the board's family, none if the descriptor names no family. Raises RecordError for unknown ones."""
    if board.devices is None:
        return []
    check_family(board)
    return list(FAMILIES.load(board.devices).devices(board, system))


def _fact(board: Board, name: str, default: int) -> Any:
    if board.devices is None or board.devices not in FAMILIES:
        return default
    return getattr(FAMILIES.load(board.devices), name, default)
