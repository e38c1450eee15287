"""nRF52840: its Product Specification, version 1.1."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.clock import ClockTree, Oscillator, Range
from scons_tinyml.stages.firmware.families import oscillator
from scons_tinyml.stages.firmware.serial_ports import ClockEnable, SerialPorts, Uart

_CORE_HZ, _CRYSTAL_HZ = 64_000_000, 32_000_000
_HFINT = Oscillator("HFINT", _CORE_HZ)
_ALWAYS_ON = ClockEnable(0, 0)
SERIAL = SerialPorts(
    template="nrf52_uart",
    ports={"UART0": Uart(0x4000_2000, 0, _ALWAYS_ON)},
    pins=0x5000_0000,
    pin_enable=_ALWAYS_ON,
    pin_letters="01",
    pin_name="P{port}.{pin:02}",
    port_pins=32,
    numbered_functions=False,
)
"""Section 'Instantiation'. No clock has to be enabled."""


def clock(board: Board) -> ClockTree:
    """Section 'CLOCK': the core always has 64 MHz; an external clock must be a crystal of 32 MHz."""
    source = oscillator(board, _HFINT, "HFXO", Range(_CRYSTAL_HZ, _CRYSTAL_HZ))
    return ClockTree(Oscillator(source.name, _CORE_HZ), None, _CORE_HZ, buses=(_CORE_HZ,))
