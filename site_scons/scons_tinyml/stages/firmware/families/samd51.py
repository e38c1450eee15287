"""SAM D51: its data sheet (DS60001507)."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.clock import MHZ, ClockTree, FlashSpeed, Oscillator, PllLimits, Range
from scons_tinyml.stages.firmware.families import oscillator
from scons_tinyml.stages.firmware.serial_ports import ClockEnable, SerialPorts, Uart

_DFLL48M = Oscillator("DFLL48M", 48 * MHZ)
_XOSC1 = Range(8 * MHZ, 48 * MHZ)
_DPLL = PllLimits(
    dividers=range(1, 256),
    multipliers=range(1, 8193),
    output_dividers=(1,),
    input=Range(32_000, 3_200_000),
    vco=Range(96 * MHZ, 200 * MHZ),
)
"""'Fractional Digital Phase Locked Loop Characteristics'. The divider is that of a generator."""
_CPU_DIVIDERS = (1, 2, 4, 8, 16, 32, 64, 128)
_FLASH = FlashSpeed(23_800_000, 15)
"""'NVM Characteristics' at 2.7 to 3.6 V: 24, 51, 77, 101, 119 and 120 MHz with 0 to 5 wait states.

The steps here are those from 119 MHz, so that no clock waits less than it has to.
"""
_MCLK = 0x4000_0800


def _port(start: int, mask: int, bit: int) -> Uart:
    return Uart(start, 0, ClockEnable(_MCLK + mask, bit))


SERIAL = SerialPorts(
    template="samd51_sercom",
    ports={
        "SERCOM0": _port(0x4000_3000, 0x14, 12),
        "SERCOM1": _port(0x4000_3400, 0x14, 13),
        "SERCOM2": _port(0x4101_2000, 0x18, 9),
        "SERCOM3": _port(0x4101_4000, 0x18, 10),
        "SERCOM4": _port(0x4300_0000, 0x20, 0),
        "SERCOM5": _port(0x4300_0400, 0x20, 1),
    },
    pins=0x4100_8000,
    pin_enable=ClockEnable(_MCLK + 0x18, 4),
    pin_letters="ABCD",
    port_pins=32,
)
"""samd51j19a.h, MCLK_APBAMASK to MCLK_APBDMASK. Functions: A is 0."""


def clock(board: Board) -> ClockTree:
    """Chapters 'OSCCTRL', 'GCLK' and 'MCLK'. Without a crystal on XOSC1: the DFLL in open loop, as after reset."""
    source = oscillator(board, _DFLL48M, "XOSC1", _XOSC1)
    return ClockTree(source, _DPLL, 120 * MHZ, _CPU_DIVIDERS, buses=(120 * MHZ,), flash=_FLASH)
