"""Flash controllers: a register sets up the timing, programming is not modelled."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping

from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Follow
from scons_tinyml.emulator.devices.bus import FlashSetup, System


class FlashControl(ControlRegisters):
    """Flash controller, or its cache.

    The machine is notified when the register at `access` is written.
    """

    def __init__(
        self,
        system: System,
        start: int,
        reset_values: Mapping[int, int],
        *,
        access: int = 0,
        name: str = "FLASH",
        read_only: Mapping[int, int] | None = None,
        follows: Iterable[Follow] = (),
        size_bytes: int = 0x400,
    ) -> None:
        self.system, self._access = system, access
        super().__init__(
            name, start, reset_values, follows=follows, read_only=read_only, size_bytes=size_bytes
        )

    @abstractmethod
    def setup(self, access: int) -> FlashSetup:
        """Return the set-up for `access`, a value of the access control register."""

    def on_change(self, offset: int) -> None:
        """Notify the machine of a new set-up."""
        if offset == self._access:
            self.system.set_flash(self.setup(self.words[offset]))
