"""The devices of a board's chip family: one file per family beside this one, found by its name.

A family file has one function, `devices(board, system)`, that returns what a chip of the family has on its buses
apart from what belongs to the Arm core.
"""

from __future__ import annotations

from scons_tinyml.emulator.devices.bus import Device, System
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.registry import Plugins

FAMILIES = Plugins("scons_tinyml.emulator.devices", provides="devices")


def families() -> tuple[str, ...]:
    """Names of the families that the emulator knows."""
    return FAMILIES.names()


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
