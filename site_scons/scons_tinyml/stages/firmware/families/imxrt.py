"""i.MX RT1062: its Reference Manual (IMXRT1060RM)."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.clock import MHZ, ClockTree, Oscillator, PllLimits, Range
from scons_tinyml.stages.firmware.families import oscillator
from scons_tinyml.stages.firmware.serial_ports import ClockEnable, SerialPorts, Uart

_XTALOSC = Oscillator("XTALOSC", 24 * MHZ)
_PLL_ARM = PllLimits(
    dividers=(2,),
    multipliers=range(54, 109),
    output_dividers=range(1, 9),
    input=Range(12 * MHZ, 12 * MHZ),
    vco=Range(648 * MHZ, 1296 * MHZ),
)
"""Chapter 'CCM', PLL1: DIV_SELECT 54 to 108; then ARM_PODF."""
_CCM = 0x400F_C000


def _port(number: int, gates: int, bit: int) -> Uart:
    return Uart(0x4018_0000 + 0x4000 * number, 0, ClockEnable(_CCM + gates, bit))


SERIAL = SerialPorts(
    template="imxrt_lpuart",
    ports={
        "LPUART1": _port(1, 0x7C, 24),
        "LPUART2": _port(2, 0x68, 28),
        "LPUART3": _port(3, 0x68, 12),
        "LPUART4": _port(4, 0x6C, 24),
        "LPUART5": _port(5, 0x74, 2),
        "LPUART6": _port(6, 0x74, 6),
        "LPUART7": _port(7, 0x7C, 26),
    },
    pins=0x401F_80BC,
    pin_enable=ClockEnable(0, 0),
    pin_letters="12",
    pin_name="GPIO{port}_IO{pin:02}",
    port_pins=32,
)
"""imxrt.h of Teensy's core: addresses, gates of CCM, multiplexers. Pins by the names of their GPIO."""


def clock(board: Board) -> ClockTree:
    """Chapter 'CCM': PLL1 multiplies the crystal of 24 MHz, which every board has. IPG gets 150 MHz at most."""
    source = oscillator(board, _XTALOSC, "XTALOSC", Range(24 * MHZ, 24 * MHZ))
    return ClockTree(source, _PLL_ARM, 600 * MHZ, (1, 2, 3, 4, 5, 6, 7, 8), buses=(150 * MHZ,))
