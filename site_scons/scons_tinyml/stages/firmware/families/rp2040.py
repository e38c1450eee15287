"""RP2040: its Datasheet."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.clock import MHZ, ClockTree, Oscillator, PllLimits, Range
from scons_tinyml.stages.firmware.families import oscillator
from scons_tinyml.stages.firmware.serial_ports import ClockEnable, SerialPorts, Uart

_ROSC = Oscillator("ROSC", 6_500_000)
CRYSTAL = Range(5 * MHZ, 15 * MHZ)
_POSTDIVIDERS = sorted({one * two for one in range(1, 8) for two in range(1, one + 1)})
PLL = PllLimits(
    dividers=(1,),
    multipliers=range(16, 321),
    output_dividers=_POSTDIVIDERS,
    input=Range(5 * MHZ, 15 * MHZ),
    vco=Range(750 * MHZ, 1600 * MHZ),
)
"""Sections 2.18.2 and 2.18.4."""
_RESETS = 0x4000_C000
SERIAL = SerialPorts(
    template="pico_uart",
    ports={
        "UART0": Uart(0x4003_4000, 0, ClockEnable(_RESETS, 22), 4),
        "UART1": Uart(0x4003_8000, 0, ClockEnable(_RESETS, 23), 4),
    },
    pins=0x4001_4000,
    pin_enable=ClockEnable(_RESETS, 5),
    pin_letters="-",  # one port, which has no name
    pin_name="GPIO{pin}",
    port_pins=30,
)
"""Section 2.14.3: bits of RESETS. Section 2.2: IO_BANK0."""


def clock(board: Board) -> ClockTree:
    """Section 2.15. Without a crystal: the nominal frequency of the ring oscillator, which is inaccurate."""
    source = oscillator(board, _ROSC, "XOSC", CRYSTAL)
    pll = PLL if source.name == "XOSC" else None
    return ClockTree(source, pll, 133 * MHZ, buses=(133 * MHZ,))
