"""nRF5340, application core: its Product Specification."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.stages.firmware.clock import ClockTree, Oscillator, Range
from scons_tinyml.stages.firmware.families import oscillator
from scons_tinyml.stages.firmware.serial_ports import ClockEnable, SerialPorts, Uart

_CORE_HZ, _CRYSTAL_HZ = 128_000_000, 32_000_000
_HFINT = Oscillator("HFINT", _CORE_HZ)
_ALWAYS_ON = ClockEnable(0, 0)
SERIAL = SerialPorts(
    template="nrf53_uarte",
    ports={
        "UARTE0": Uart(0x5000_8000, 0, _ALWAYS_ON),
        "UARTE1": Uart(0x5000_9000, 0, _ALWAYS_ON),
        "UARTE2": Uart(0x5000_B000, 0, _ALWAYS_ON),
        "UARTE3": Uart(0x5000_C000, 0, _ALWAYS_ON),
    },
    pins=0x5084_2500,
    pin_enable=_ALWAYS_ON,
    pin_letters="01",
    pin_name="P{port}.{pin:02}",
    port_pins=32,
    numbered_functions=False,
)
"""nrf5340_application.h: addresses in the secure state. No clock has to be enabled."""


def clock(board: Board) -> ClockTree:
    """Section 'CLOCK': HFCLK has 128 MHz, which HFCLKCTRL can halve; an external clock must be a crystal of 32 MHz."""
    source = oscillator(board, _HFINT, "HFXO", Range(_CRYSTAL_HZ, _CRYSTAL_HZ))
    return ClockTree(
        Oscillator(source.name, _CORE_HZ), None, _CORE_HZ, ahb_dividers=(1, 2), buses=(_CORE_HZ,)
    )
