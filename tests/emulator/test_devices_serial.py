"""Serial ports of all makers: polling, interrupts, and nothing without its enable."""

from __future__ import annotations

import pytest

from scons_tinyml.emulator.devices.blocks.nordic import NordicSerialPort
from scons_tinyml.emulator.devices.blocks.pico import PicoSerialPort
from scons_tinyml.emulator.devices.blocks.sam import SercomPort
from scons_tinyml.emulator.devices.blocks.serial import OldUsart, SerialPort, Usart
from support.fake_system import Bus, FakeSystem

IRQ = 38
RXNE, TC, TXE = 1 << 5, 1 << 6, 1 << 7
RE, TE = 1 << 2, 1 << 3


def port(kind: type[SerialPort]) -> tuple[FakeSystem, Bus]:
    system = FakeSystem()
    return system, Bus([kind(system, "UART", 0, IRQ)])


@pytest.fixture(params=[(Usart, 0x00, 0x1C, 0x28, 0x24, 1), (OldUsart, 0x0C, 0x00, 0x04, 0x04, 1 << 13)])
def usart(request):
    """(system, port, offsets of CR1, status, transmit and receive data, UE)."""
    kind, *places = request.param
    return (*port(kind), *places)


def test_usart_sends_when_enabled(usart):
    system, bus, cr1, status, transmit, _, enable = usart
    bus[transmit] = ord("x")
    bus[cr1] = TE
    bus[transmit] = ord("y")
    bus[cr1] = TE | enable
    for character in b"ok":
        assert bus[status] & (TXE | TC) == TXE | TC
        bus[transmit] = character
    assert system.sent == b"ok"


def test_usart_receives_by_polling_when_enabled(usart):
    system, bus, cr1, status, _, receive, enable = usart
    system.type(b"ab")
    bus[cr1] = enable
    assert (bus[status] & RXNE, bus[receive]) == (0, 0)
    bus[cr1] = enable | RE
    got = []
    while bus[status] & RXNE:
        got.append(bus[receive])
    assert (bytes(got), bus[receive], system.rises) == (b"ab", 0, [])


def test_usart_interrupts_while_characters_wait(usart):
    system, bus, cr1, _, _, receive, enable = usart
    bus[cr1] = enable | RE | RXNE
    assert system.high == set()
    system.type(b"ab")
    levels = [system.high]
    bus[receive]
    levels.append(system.high)
    bus[receive]
    assert ([*levels, system.high], system.sent) == ([{IRQ}, {IRQ}, set()], b"")


def test_usart_interrupts_for_room_and_for_the_end(usart):
    system, bus, cr1, *_, enable = usart
    bus[cr1] = enable | TE | TXE
    room = system.high
    bus[cr1] = enable | TE
    quiet = system.high
    bus[cr1] = enable | TE | TC
    assert (room, quiet, system.high) == ({IRQ}, set(), {IRQ})


def test_usart_forgets_the_end_when_told(usart):
    system, bus, cr1, status, transmit, _, enable = usart
    bus[cr1] = enable | TE | TC
    if status:
        bus[0x20] = TC  # ICR
    else:
        bus[status] = ~TC & 0xFFFF_FFFF
    assert (bus[status] & TC, system.high) == (0, set())
    bus[transmit] = ord("x")
    assert (bus[status] & TC, system.high) == (TC, {IRQ})


def test_usart_acknowledges_what_is_enabled():
    """RM0432: TEACK and REACK of USART_ISR, which start-up code waits for."""
    _, bus = port(Usart)
    states = []
    for control in (0, 1, 1 | TE, 1 | TE | RE, 1 | TE | RE | 1 << 29):
        bus[0x00] = control
        states.append(bus[0x1C] >> 21)
    assert states == [0, 0, 1, 3, 7]


def test_old_usart_is_disabled_again_by_reset():
    system, bus = port(OldUsart)
    bus[0x0C] = 1 << 13 | TE | RE
    bus.devices[0].reset()
    bus[0x04] = ord("x")
    assert (system.sent, bus[0x00]) == (b"", TXE | TC)


def test_nordic_uart_sends_and_receives():
    system, bus = port(NordicSerialPort)
    bus[0x304] = 1 << 2  # RXDRDY
    bus[0x500], bus[0x008], bus[0x000] = 4, 1, 1
    bus[0x51C] = ord("o")
    sent = bus[0x11C]
    system.type(b"hi")
    assert (system.sent, sent, system.high) == (b"o", 1, {IRQ})
    got = []
    while bus[0x108]:
        bus[0x108] = 0
        got.append(bus[0x518])
    assert (bytes(got), system.high) == (b"hi", set())


def test_nordic_uart_needs_its_enable():
    system, bus = port(NordicSerialPort)
    bus[0x008], bus[0x000] = 1, 1
    bus[0x51C] = ord("o")
    system.type(b"h")
    assert (system.sent, bus[0x108]) == (b"", 0)


def test_nordic_uarte_moves_buffers():
    system, bus = port(NordicSerialPort)
    system.memory[16:21] = b"hello"
    bus[0x500], bus[0x544], bus[0x548] = 8, 16, 5
    bus[0x534], bus[0x538] = 64, 3
    bus[0x008], bus[0x000] = 1, 1
    assert (system.sent, bus[0x120], bus[0x54C]) == (b"hello", 1, 5)
    system.type(b"ab")
    waiting = bus[0x110], bus[0x53C]
    system.type(b"cd")
    assert (waiting, bus[0x110], bus[0x53C], bytes(system.memory[64:68])) == ((0, 2), 1, 3, b"abc\0")


def sercom(lines: dict[int, int]) -> tuple[FakeSystem, Bus]:
    """A port that is set up as a USART, with its receiver and its transmitter on."""
    system = FakeSystem()
    bus = Bus([SercomPort(system, "SERCOM", 0, lines)])
    bus[0x00], bus[0x04] = 1 << 1 | 1 << 2, 3 << 16
    return system, bus


def test_sercom_sends_and_receives():
    system, bus = sercom({IRQ: 0xFF})
    bus[0x28] = ord("o")
    flags = bus[0x18]
    bus[0x18] = 1 << 1  # TXC is cleared by writing 1
    system.type(b"ab")
    got = []
    while bus[0x18] & 1 << 2:
        got.append(bus[0x28])
    assert (system.sent, flags, bytes(got), bus[0x18], bus[0x1C]) == (b"o", 0b011, b"ab", 0b001, 0)


def test_sercom_needs_its_enable_and_a_mode_of_usarts():
    system, bus = sercom({IRQ: 0xFF})
    for control in (1 << 2, 1 << 1 | 3 << 2, 1):  # disabled, a master of SPI, and reset
        bus[0x00] = control
        bus[0x28] = ord("x")
    assert (system.sent, bus[0x18], bus[0x04]) == (b"", 0, 0)


def test_flags_of_a_sercom_have_a_line_each_where_the_chip_has_them():
    system, bus = sercom({IRQ: 1, IRQ + 1: 2, IRQ + 2: 4})
    bus[0x14] = 0b110 << 16  # INTENSET
    system.type(b"a")
    levels = [system.high]
    bus[0x28] = ord("o")
    levels.append(system.high)
    bus[0x14] = 0b010  # INTENCLR
    bus[0x28]
    assert ([*levels, system.high], bus[0x14] & 0xFF) == ([{IRQ + 2}, {IRQ + 1, IRQ + 2}, set()], 0b100)


DR, FR, CR, IMSC, MIS, ICR = 0x00, 0x18, 0x30, 0x38, 0x40, 0x44


def test_pico_uart_sends_and_receives():
    system, bus = port(PicoSerialPort)
    bus[DR] = ord("x")
    system.type(b"ab")
    assert (system.sent, bus[FR]) == (b"", 1 << 7 | 1 << 4)
    bus[CR + 0x2000] = 1
    bus[DR] = ord("o")
    got = []
    while not bus[FR] & 1 << 4:
        got.append(bus[DR])
    assert (system.sent, bytes(got)) == (b"o", b"ab")


def test_pico_uart_interrupts():
    system, bus = port(PicoSerialPort)
    bus[CR], bus[IMSC] = 1 | 3 << 8, 1 << 4
    system.type(b"a")
    received = system.high, bus[MIS]
    bus[DR]
    bus[IMSC] = 1 << 5
    bus[DR] = ord("o")
    sent = system.high
    bus[ICR] = 1 << 5
    assert (received, sent, system.high) == (({IRQ}, 1 << 4), {IRQ}, set())
