"""Serial ports of the chip families: addresses of registers and bits that enable clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ClockEnable:
    """A register bit that enables the clock of a peripheral."""

    register: int
    bit: int


@dataclass(frozen=True)
class Uart:
    """A serial port: address of its registers, bus that clocks it, bit that enables its clock."""

    start: int
    bus: int
    enable: ClockEnable
    divider_units: int = 1
    """Divider units per bus clock cycle: 256 in a low-power UART, 4 (64 for 16 samples a bit) in a PL011."""


@dataclass(frozen=True)
class SerialPorts:
    """The serial ports of a family and the template of the code that sends through them."""

    template: str
    ports: Mapping[str, Uart]
    pins: int
    """Address of the first GPIO port."""
    pin_enable: ClockEnable
    """Clock of the first GPIO port; the bits of the others follow."""
    pin_letters: str = "ABCDEFGHIJK"
    """GPIO ports in the order of their addresses and bits."""
    pin_name: str = "P{port}{pin}"
    """Name of a pin, of the letter of its port and its number."""
    port_pins: int = 16
    """Pins of a port."""
    numbered_functions: bool = True
    """True when a number connects a pin with a port (`alternate_function`)."""


USART2_TO_UART5: Mapping[str, tuple[int, int]] = {
    "USART2": (0x4000_4400, 17),
    "USART3": (0x4000_4800, 18),
    "UART4": (0x4000_4C00, 19),
    "UART5": (0x4000_5000, 20),
}
"""Address and bit of the ports on the first peripheral bus, the same in most families of STM32."""


def ports(rcc: int, *groups: tuple[int, int, Mapping[str, tuple[int, int]]]) -> dict[str, Uart]:
    """Return ports by name.

    A group is (offset of the enable register in RCC, bus, {name: (address, bit)}).
    """
    return {
        name: Uart(start, bus, ClockEnable(rcc + offset, bit), 256 if name.startswith("LP") else 1)
        for offset, bus, members in groups
        for name, (start, bit) in members.items()
    }
