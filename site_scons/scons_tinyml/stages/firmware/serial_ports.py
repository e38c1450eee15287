"""Serial ports of the chip families: where their registers are and what switches them on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ClockEnable:
    """A bit of a register that lets a clock through to a block."""

    register: int
    bit: int


@dataclass(frozen=True)
class Uart:
    """A serial port: address of its registers, the bus whose clock it has, and what gives it that clock."""

    start: int
    bus: int
    enable: ClockEnable
    divider_units: int = 1
    """Of the divider in one cycle of the bus: 256 in a low-power UART, 4 (64 for 16 samples a bit) in a PL011."""


@dataclass(frozen=True)
class SerialPorts:
    """The serial ports of a family and the template of the code that sends through them."""

    template: str
    ports: Mapping[str, Uart]
    pins: int
    """Address of the first port of pins."""
    pin_enable: ClockEnable
    """Of the first port of pins; the others' bits follow."""
    pin_letters: str = "ABCDEFGHIJK"
    """Ports of pins in the order of their addresses and of their bits; none where pins are only numbered."""
    numbered_functions: bool = True
    """Whether a number connects a pin with a port (`alternate_function`)."""


USART2_TO_UART5: Mapping[str, tuple[int, int]] = {
    "USART2": (0x4000_4400, 17),
    "USART3": (0x4000_4800, 18),
    "UART4": (0x4000_4C00, 19),
    "UART5": (0x4000_5000, 20),
}
"""Address and bit of the ports on the first peripheral bus, which are the same in most families of STM32."""


def ports(rcc: int, *groups: tuple[int, int, Mapping[str, tuple[int, int]]]) -> dict[str, Uart]:
    """Ports from groups of (offset of the enable register in RCC, bus, {name: (address, bit)})."""
    return {
        name: Uart(start, bus, ClockEnable(rcc + offset, bit), 256 if name.startswith("LP") else 1)
        for offset, bus, members in groups
        for name, (start, bit) in members.items()
    }
