"""RA4M1: its user's manual (R01UH0887)."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.clock import MHZ, ClockTree, FlashSpeed, Oscillator, PllLimits, Range
from scons_tinyml.stages.firmware.families import oscillator
from scons_tinyml.stages.firmware.serial_ports import ClockEnable, SerialPorts, Uart

_HOCO = Oscillator("HOCO", 48 * MHZ)
_MAIN = Range(1 * MHZ, 20 * MHZ)
_PLL = PllLimits(
    dividers=(1,),
    multipliers=range(8, 32),
    output_dividers=(2, 4),
    input=Range(4 * MHZ, 12_500_000),
    vco=Range(48 * MHZ, 128 * MHZ),
)
"""bsp_feature.h of the Flexible Software Package: input 4 to 12.5 MHz, output 24 to 64 MHz."""
_DIVIDERS = (1, 2, 4, 8, 16, 32, 64)
_FLASH = FlashSpeed(32 * MHZ, 1)
"""Register MEMWAIT: a wait state from 32 MHz on."""
_MSTPCRB = 0x4004_7000


def _port(number: int, stop_bit: int) -> Uart:
    return Uart(0x4007_0000 + 0x20 * number, 0, ClockEnable(_MSTPCRB, stop_bit))


SERIAL = SerialPorts(
    template="ra4m1_sci",
    ports={"SCI0": _port(0, 31), "SCI1": _port(1, 30), "SCI2": _port(2, 29), "SCI9": _port(9, 22)},
    pins=0x4004_0800,
    pin_enable=ClockEnable(0x4004_0D03, 6),
    pin_letters="0123456789",
    pin_name="P{port}{pin:02}",
)
"""R7FA4M1AB.h, and register MSTPCRB. Functions: PSEL of PmnPFS."""


def clock(board: Board) -> ClockTree:
    """Chapter 'Clock Generation Circuit'.

    Without a crystal: HOCO, which our option-setting memory makes 48 MHz. PCLKA has the core's clock.
    """
    source = oscillator(board, _HOCO, "MOSC", _MAIN)
    pll = _PLL if source.name == "MOSC" else None
    return ClockTree(source, pll, 48 * MHZ, _DIVIDERS, buses=(48 * MHZ,), flash=_FLASH)
