"""SAM D21: its data sheet (DS40001882)."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.clock import MHZ, ClockTree, FlashSpeed, Oscillator, PllLimits, Range
from scons_tinyml.stages.firmware.families import oscillator
from scons_tinyml.stages.firmware.serial_ports import ClockEnable, SerialPorts, Uart

_DFLL48M = Oscillator("DFLL48M", 48 * MHZ)
_CRYSTAL = Range(32_768, 32_768)
_CLOSED_LOOP = PllLimits(
    dividers=(1,),
    multipliers=range(1, 65_536),
    output_dividers=(1,),
    input=_CRYSTAL,
    vco=Range(47 * MHZ, 49 * MHZ),
)
"""'DFLL48M Characteristics', closed loop: 47 to 49 MHz."""
_CPU_DIVIDERS = (1, 2, 4, 8, 16, 32, 64, 128)
_FLASH = FlashSpeed(24 * MHZ, 15)
"""'NVM Characteristics', maximum operating frequency at 2.7 to 3.63 V: 24 MHz, 48 MHz with a wait state."""
_PM = 0x4000_0400
SERIAL = SerialPorts(
    template="samd21_sercom",
    ports={
        f"SERCOM{number}": Uart(0x4200_0800 + 0x400 * number, 0, ClockEnable(_PM + 0x20, 2 + number))
        for number in range(6)
    },
    pins=0x4100_4400,
    pin_enable=ClockEnable(_PM + 0x1C, 3),
    pin_letters="AB",
    port_pins=32,
)
"""samd21g18a.h, PM_APBCMASK, PM_APBBMASK. Functions: A is 0."""


def clock(board: Board) -> ClockTree:
    """Chapters 'SYSCTRL' and 'PM'.

    Without a crystal the loop of the DFLL is open: 48 MHz with the factory's calibration, as exact as that is. A
    crystal of 32,768 Hz is multiplied.
    """
    source = oscillator(board, _DFLL48M, "XOSC32K", _CRYSTAL)
    pll = _CLOSED_LOOP if source.name == "XOSC32K" else None
    return ClockTree(source, pll, 48 * MHZ, _CPU_DIVIDERS, buses=(48 * MHZ,), flash=_FLASH)
