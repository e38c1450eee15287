"""Pins of a chip by name, and the levels that board files and scripts give them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scons_tinyml.emulator.devices.blocks.pins import PinDevice
from scons_tinyml.emulator.devices.bus import Device
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import InputError, RecordError
from scons_tinyml.records.input_limits import SHOWN_CHARACTERS
from scons_tinyml.records.names import shorten


class InputPins:
    """Pins of the devices of a board, with the levels of its file. Raises RecordError for a pin that is not there."""

    def __init__(self, board: Board, devices: Iterable[Device]) -> None:
        self._board = board
        self._places = {
            name: (device.outside, bit)
            for device in devices
            if isinstance(device, PinDevice)
            for name, bit in device.pins.items()
        }
        for name, level in board.pins.items():
            try:
                self.set(name, high=level == "high")
            except InputError as error:
                raise RecordError(
                    error.problem, where=f"boards/{board.name}.toml", key=f"pins.{name}", hint=error.hint
                ) from None

    def require(self, name: str) -> None:
        """Raise InputError, which gives the range of pins, if the chip has no pin `name`."""
        if name in self._places:
            return
        if not self._places:
            raise InputError(
                f"{self._board.name} has no pins: its file names no chip family, which 'devices' would do"
            )
        names = sorted(self._places, key=_in_order)
        raise InputError(
            f"{self._board.name} has no pin '{shorten(name, SHOWN_CHARACTERS)}'",
            hint=f"its pins are {names[0]} to {names[-1]}",
        )

    def set(self, name: str, *, high: bool) -> None:
        """Give the pin `name` a level from outside of the chip, until it gets another. Raises InputError."""
        self.require(name)
        outside, bit = self._places[name]
        outside.set(bit, high=high)


def _in_order(name: str) -> tuple[str, ...]:
    return tuple(part.zfill(2) for part in re.split(r"(\d+)", name))
