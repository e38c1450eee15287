"""RP2350: its Datasheet."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.clock import MHZ, ClockTree, Oscillator
from scons_tinyml.stages.firmware.families import oscillator
from scons_tinyml.stages.firmware.families.rp2040 import (  # the same oscillator and PLL, section 'PLL'
    CRYSTAL,
    PLL,
)
from scons_tinyml.stages.firmware.serial_ports import ClockEnable, SerialPorts, Uart

_ROSC = Oscillator("ROSC", 11 * MHZ)
_RESETS = 0x4002_0000
SERIAL = SerialPorts(
    template="pico_uart",
    ports={
        "UART0": Uart(0x4007_0000, 0, ClockEnable(_RESETS, 26), 4),
        "UART1": Uart(0x4007_8000, 0, ClockEnable(_RESETS, 27), 4),
    },
    pins=0x4002_8000,
    pin_enable=ClockEnable(_RESETS, 6),
    pin_letters="-",  # one port, which has no name
    pin_name="GPIO{pin}",
    port_pins=48,
)
"""addressmap.h and resets.h of the SDK: addresses, and bits of RESETS."""


def clock(board: Board) -> ClockTree:
    """Section 'Clocks'. Without a crystal: the nominal frequency of the ring oscillator, which is inaccurate."""
    source = oscillator(board, _ROSC, "XOSC", CRYSTAL)
    pll = PLL if source.name == "XOSC" else None
    return ClockTree(source, pll, 150 * MHZ, buses=(150 * MHZ,))
