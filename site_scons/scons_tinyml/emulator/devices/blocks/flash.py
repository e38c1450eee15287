"""Flash controllers: programming is not modelled, a register sets up the timing."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping

from scons_tinyml.emulator.devices.blocks.control import ControlRegisters, Follow
from scons_tinyml.emulator.devices.bus import FlashSetup, System


class FlashControl(ControlRegisters):
    """A flash controller, or its cache: the machine is told when the register at `access` is written."""

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
        """What a value of the access control register means."""

    def on_change(self, offset: int) -> None:
        """Tell the machine of a new set-up."""
        if offset == self._access:
            self.system.set_flash(self.setup(self.words[offset]))
