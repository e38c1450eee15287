"""RP2350: its Datasheet."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.clock import MHZ, ClockTree, Oscillator, PllLimits, Range
from scons_tinyml.stages.firmware.families import oscillator
from scons_tinyml.stages.firmware.serial_ports import ClockEnable, SerialPorts, Uart

_ROSC = Oscillator("ROSC", 11 * MHZ)
_XOSC = Range(5 * MHZ, 15 * MHZ)
_POSTDIVIDERS = sorted({one * two for one in range(1, 8) for two in range(1, one + 1)})
_PLL = PllLimits(
    dividers=(1,),
    multipliers=range(16, 321),
    output_dividers=_POSTDIVIDERS,
    input=Range(5 * MHZ, 15 * MHZ),
    vco=Range(750 * MHZ, 1600 * MHZ),
)
"""Section 'PLL'."""
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
    source = oscillator(board, _ROSC, "XOSC", _XOSC)
    pll = _PLL if source.name == "XOSC" else None
    return ClockTree(source, pll, 150 * MHZ, buses=(150 * MHZ,))
