"""FirmwareFault messages for errors and accesses that Unicorn reports.

A fault ends the run, even where the image has a handler for it. Its cause is known best when it happens, and
handlers of faults mostly loop for ever. The message names the handler that the core would have entered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scons_tinyml.emulator.devices.core.exceptions import BUS_FAULT, MEM_MANAGE, USAGE_FAULT
from scons_tinyml.emulator.devices.core.unknown import is_place_of_devices
from scons_tinyml.emulator.image import Image
from scons_tinyml.emulator.memory import Mapping
from scons_tinyml.records.errors import FirmwareFault, InternalError

# Unicorn's numbers (EXCP_ in QEMU's target/arm/cpu.h)
_UNDEFINED, _DATA_ABORT, _BKPT, _NO_COPROCESSOR, _STACK_LIMIT = 1, 4, 7, 17, 19
_PREFETCH_ABORT, _ARM_STATE = 3, 18
_INVALID_INSTRUCTION = 10  # UC_ERR_INSN_INVALID
_SLEEP = {0xBF20: "WFE", 0xBF30: "WFI"}
_BUILT_FOR = "is the image built for this core and its FPU?"
_FEATURES = {"fpu_double": "FPU for double precision"}
_UNKNOWN_DEVICE = (
    "`tinyml run --unknown-devices` lets such reads give 0; docs/adding-a-chip-family.md adds a device"
)
_ENABLE_FPU = "start-up code must set CPACR, bits 20 to 23, before the first floating-point instruction"
#: Distances from the stack pointer, below and above, at which an access to nothing counts as one of the
#: stack.
_PUSHED_BYTES, _FRAME_BYTES = 128, 4096


@dataclass(frozen=True)
class Access:
    """Memory access that could not be made."""

    verb: str  # "read", "write", "fetch"
    address: int
    size_bytes: int


class FaultTeller:
    """Maker of faults that name address, pc, function and line, from reports of Unicorn.

    `escalation` returns the reaction of the core to one of its exceptions, as text.
    """

    def __init__(self, image: Image, mappings: Sequence[Mapping]) -> None:
        self._image = image
        self._mappings = mappings
        self.escalation: Callable[[int], str] = lambda _: ""

    def fault(
        self, what: str, pc: int, hint: str | None = None, exception: int | None = None
    ) -> FirmwareFault:
        """Return the fault `what` at `pc`, with the chip's `exception` for it."""
        line = self._image.line_of(pc)
        place = self._image.place(pc) + (f", {line[0]}:{line[1]}" if line else "")
        hints = [text for text in (hint, self.escalation(exception) if exception else None) if text]
        return FirmwareFault(
            f"{what} (pc 0x{pc:08x} in {place})", where=self._image.path, hint="\n  ".join(hints) or None
        )

    def is_ram(self, address: int, size_bytes: int) -> bool:
        """Return whether a range can be written."""
        return any(
            not m.is_flash and m.start <= address and address + size_bytes <= m.end for m in self._mappings
        )

    def access(self, access: Access, pc: int, stack: int) -> FirmwareFault:
        """Return the fault of a write to flash, or of an access to nothing. `stack` is the stack pointer."""
        region = next((m for m in self._mappings if m.start <= access.address < m.end), None)
        if access.verb == "fetch":
            what = f"jump to 0x{access.address:08x}, where there is no memory"
            return self.fault(what, pc, exception=BUS_FAULT)
        where = f"{access.verb} of {access.size_bytes} bytes at 0x{access.address:08x}"
        if self._is_overflow(access.address, stack):
            return self.fault(
                f"stack overflow: {where} with the stack pointer at 0x{stack:08x}", pc, self._memory
            )
        if region is not None and region.is_flash:
            return self.fault(f"{where}, which is flash ({region.region.name})", pc)
        if is_place_of_devices(access.address):
            return self.fault(f"{where}, where the emulator knows no device", pc, _UNKNOWN_DEVICE, BUS_FAULT)
        return self.fault(f"{where}, where there is no memory", pc, self._memory, BUS_FAULT)

    def stack_end(self, end: int, pc: int) -> FirmwareFault:
        """Return the fault of a stack whose last bytes, from `end` on, were overwritten before `pc`."""
        return self.fault(
            f"stack overflow, noticed here: its last bytes, at 0x{end:08x}, were overwritten", pc
        )

    def no_fpu(self, pc: int) -> FirmwareFault:
        """Return the fault of a floating-point instruction before CPACR allows it."""
        what = "floating-point instruction while the FPU is off (UsageFault NOCP)"
        return self.fault(what, pc, _ENABLE_FPU, USAGE_FAULT)

    def undefined(self, code: bytes, pc: int) -> FirmwareFault:
        """Return the fault of an encoding that the core does not have."""
        encoding = " ".join(f"{code[i] | code[i + 1] << 8:04x}" for i in (0, 2) if i + 1 < len(code))
        return self.fault(f"undefined instruction {encoding}", pc, _BUILT_FOR, USAGE_FAULT)

    def missing_feature(self, mnemonic: str, feature: str, board: str, pc: int) -> FirmwareFault:
        """Return the fault of an instruction of an optional feature that the board's core lacks."""
        what = f"undefined instruction '{mnemonic}': {board} has no {_FEATURES.get(feature, feature.upper())}"
        return self.fault(what, pc, _BUILT_FOR, USAGE_FAULT)

    def error(self, number: int, code: bytes, pc: int) -> Exception:
        """Return the error for an error number that Unicorn had not announced."""
        if number == _INVALID_INSTRUCTION:
            return self.undefined(code, pc)
        return InternalError(f"Unicorn stops at 0x{pc:08x} with error {number}")

    def exception(self, number: int, code: bytes, pc: int) -> FirmwareFault:
        """Return the fault of a breakpoint, or of another exception of Unicorn."""
        if number in {_UNDEFINED, _NO_COPROCESSOR}:
            return self.undefined(code, pc)
        if number == _DATA_ABORT:  # only ARMv6-M has it: ARMv7-M aligns accesses if it can
            return self.fault("unaligned access, which this core cannot make", pc, exception=USAGE_FAULT)
        if number == _STACK_LIMIT:
            return self.fault("stack overflow: below MSPLIM or PSPLIM", pc, exception=USAGE_FAULT)
        if number == _BKPT:
            return self.fault(f"BKPT #{code[0]}: there is no debugger", pc)
        if number == _PREFETCH_ABORT:
            return self.fault(f"jump to 0x{pc:08x}, which cannot hold code", pc, exception=MEM_MANAGE)
        if number == _ARM_STATE:
            return self.fault(
                "jump to an even address: this core has no Arm state", pc, exception=USAGE_FAULT
            )
        return self.fault(f"exception {number} of the core", pc)

    def budget(self, instructions: int, target: int, pc: int) -> FirmwareFault:
        """Return the fault of a target that was not reached within `instructions`."""
        return self.fault(
            f"{instructions:,} instructions were executed without reaching {self._image.place(target)}", pc
        )

    def asleep(self, before: bytes, pc: int) -> FirmwareFault:
        """Return the fault of a core that waits for an interrupt that nothing raises."""
        name = _SLEEP.get(before[0] | before[1] << 8, "an instruction that stops the core")
        return self.fault(f"{name} waits for an event that never comes", pc)

    def ended(self, exit_code: int, target: int, pc: int) -> FirmwareFault:
        """Return the fault of firmware that ended itself before the target."""
        return self.fault(
            f"the firmware ended with exit code {exit_code} without reaching {self._image.place(target)}", pc
        )

    @property
    def _memory(self) -> str:
        known = ", ".join(f"{m.region.name} 0x{m.start:08x} to 0x{m.end:08x}" for m in self._mappings)
        return f"memory: {known}"

    def _is_overflow(self, address: int, stack: int) -> bool:
        """Return whether an access to nothing is one of a stack that has left the RAM or is about to."""
        if self.is_ram(address, 1):
            return False
        if self.is_ram(stack, 4):
            return stack - _PUSHED_BYTES <= address < stack
        return stack - _PUSHED_BYTES <= address < stack + _FRAME_BYTES and stack != 0
