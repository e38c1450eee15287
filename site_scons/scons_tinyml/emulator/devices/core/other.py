"""Registers of the core that keep written values and have no effect here."""

from __future__ import annotations

from collections.abc import Callable

from scons_tinyml.emulator.devices.bus import Device, Registers
from scons_tinyml.emulator.devices.core.exceptions import FIRST_INTERRUPT, Exceptions

_STIR, _FPCCR, _MVFR0, _ICIALLU, _BPIALL = 0x00, 0x34, 0x40, 0x50, 0x78
_ASPEN, _LSPEN = 1 << 31, 1 << 30


class FloatControl(Registers):
    """Registers from 0xE000_EF00: STIR, floating-point context, cache maintenance.

    Sections B3.2.21 to B3.2.26. Cache maintenance changes nothing: memory always holds the last write of
    the core.
    """

    def __init__(
        self, exceptions: Exceptions, changed: Callable[[], None], *, fpu: bool, double: bool
    ) -> None:
        self._exceptions, self._changed, self._fpu = exceptions, changed, fpu
        single = {_FPCCR: _ASPEN | _LSPEN, _MVFR0: 0x1011_0021, _MVFR0 + 4: 0x1100_0011}
        reset = single | ({_MVFR0: 0x1011_0221, _MVFR0 + 4: 0x1200_0011, _MVFR0 + 8: 0x40} if double else {})
        super().__init__("FPU", 0xE000_EF00, reset if fpu else {}, size_bytes=0x100)

    @property
    def saves_context(self) -> bool:
        """FPCCR.ASPEN: exception entry makes room for floating-point registers that are in use."""
        return bool(self.words.get(_FPCCR, 0) & _ASPEN)

    @property
    def saves_lazily(self) -> bool:
        """FPCCR.LSPEN: these registers are only stored when the handler uses the FPU."""
        return bool(self.words.get(_FPCCR, 0) & _LSPEN)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. STIR sets an interrupt pending. The identification of the FPU is read-only."""
        if offset == _STIR:
            self._exceptions.pend(FIRST_INTERRUPT + (value & 0x1FF))
            self._changed()
        elif not (_MVFR0 <= offset < _ICIALLU or _ICIALLU <= offset <= _BPIALL):
            super().on_write(offset, value)


def passive_registers(mpu_regions: int) -> list[Device]:
    """Return registers without an effect.

    Interrupt controller type and auxiliary control, MPU and SAU, breakpoints, trace port, ROM table.
    """
    return [
        Registers("auxiliary control", 0xE000_E000, size_bytes=0x10),
        Registers("MPU", 0xE000_ED90, {0x0: mpu_regions << 8}, size_bytes=0x60),
        Registers("breakpoints", 0xE000_2000, size_bytes=0x1000),
        Registers("TPIU", 0xE004_0000, size_bytes=0x1000),
        Registers("ETM", 0xE004_1000, size_bytes=0x1000),
        Registers("ROM table", 0xE00F_F000, size_bytes=0x1000),
    ]
