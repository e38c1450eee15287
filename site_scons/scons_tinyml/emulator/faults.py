"""What stopped the firmware, in words: Unicorn's errors and accesses as FirmwareFault messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scons_tinyml.emulator.image import Image
from scons_tinyml.emulator.memory import Mapping
from scons_tinyml.records.errors import FirmwareFault

# Unicorn's numbers (EXCP_ in QEMU's target/arm/cpu.h)
_UNDEFINED, _BKPT, _NO_COPROCESSOR = 1, 7, 17
_EXCEPTIONS = {
    2: "SVC: there is no handler for supervisor calls",
    3: "jump to memory that cannot hold code",
    8: "return from an exception that never was",
    18: "jump to an even address: this core has no Arm state",
}
_SLEEP = {0xBF20: "WFE", 0xBF30: "WFI"}


@dataclass(frozen=True)
class Access:
    """A memory access that could not be made."""

    verb: str  # "read", "write", "fetch"
    address: int
    size_bytes: int


class FaultTeller:
    """Turns what Unicorn reports into faults that name address, pc and function."""

    def __init__(self, image: Image, mappings: Sequence[Mapping]) -> None:
        self._image = image
        self._mappings = mappings

    def fault(self, what: str, pc: int, hint: str | None = None) -> FirmwareFault:
        """`what` happened at `pc`."""
        return FirmwareFault(
            f"{what} (pc 0x{pc:08x} in {self._image.place(pc)})", where=self._image.path, hint=hint
        )

    def access(self, access: Access, pc: int) -> FirmwareFault:
        """A write to flash, or an access to nothing."""
        region = next((m for m in self._mappings if m.start <= access.address < m.end), None)
        if access.verb == "fetch":
            return self.fault(f"jump to 0x{access.address:08x}, where there is no memory", pc)
        where = f"{access.verb} of {access.size_bytes} bytes at 0x{access.address:08x}"
        if region is not None and region.is_flash:
            return self.fault(f"{where}, which is flash ({region.region.name})", pc)
        known = ", ".join(f"{m.region.name} 0x{m.start:08x} to 0x{m.end:08x}" for m in self._mappings)
        return self.fault(f"{where}, where there is no memory", pc, hint=f"memory: {known}")

    def undefined(self, code: bytes, pc: int) -> FirmwareFault:
        """An encoding that the core does not have."""
        encoding = " ".join(f"{code[i] | code[i + 1] << 8:04x}" for i in (0, 2) if i + 1 < len(code))
        return self.fault(
            f"undefined instruction {encoding}", pc, hint="is the image built for this core and its FPU?"
        )

    def missing_feature(self, mnemonic: str, feature: str, board: str, pc: int) -> FirmwareFault:
        """An instruction of an optional part that the core of this board is without."""
        return self.fault(
            f"undefined instruction '{mnemonic}': {board} has no {feature.upper()}",
            pc,
            hint="is the image built for this core and its FPU?",
        )

    def exception(self, number: int, code: bytes, pc: int) -> FirmwareFault:
        """A breakpoint, a supervisor call, or what else Unicorn takes for an exception."""
        if number in {_UNDEFINED, _NO_COPROCESSOR}:
            return self.undefined(code, pc)
        if number == _BKPT:
            return self.fault(f"BKPT #{code[0]}: there is no debugger", pc)
        return self.fault(_EXCEPTIONS.get(number, f"exception {number} of the core"), pc)

    def budget(self, instructions: int, target: int, pc: int) -> FirmwareFault:
        """The target was not reached in time."""
        return self.fault(
            f"{instructions:,} instructions were executed without reaching {self._image.place(target)}", pc
        )

    def asleep(self, before: bytes, pc: int) -> FirmwareFault:
        """The core stopped by itself: it waits for an interrupt, and nothing raises one."""
        name = _SLEEP.get(before[0] | before[1] << 8, "an instruction that stops the core")
        return self.fault(f"{name} waits for an event that never comes", pc)
