"""Which device an address reaches: the bus of devices, bit bands, accesses from outside."""

from __future__ import annotations

import pytest

from scons_tinyml.emulator.address_bus import AddressBus
from scons_tinyml.emulator.devices.bus import Registers
from scons_tinyml.emulator.devices.core.bitband import bit_bands
from scons_tinyml.emulator.faults import Access
from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.errors import InternalError


class Words:
    """RAM of one word, at 0x20000010."""

    def __init__(self) -> None:
        self.bytes = bytearray(4)

    def is_mapped(self, address: int) -> bool:
        return address == 0x2000_0010

    def read(self, address: int, size: int) -> bytes:
        return bytes(self.bytes[address - 0x2000_0010 :][:size])

    def write(self, address: int, data: bytes) -> None:
        self.bytes[address - 0x2000_0010 :] = data


def test_bit_bands_reach_bits_of_memory_and_of_registers():
    memory, registers = Words(), {0x4000_1000: 0xF0}
    ram, peripheral = bit_bands(memory, lambda address: registers[address], registers.__setitem__)
    ram.write(0x10 * 32 + 9 * 4, 4, 1)
    assert (memory.bytes[1], ram.read(0x10 * 32 + 9 * 4, 4), ram.read(0x10 * 32, 4)) == (2, 1, 0)
    peripheral.write(0x1000 * 32 + 4 * 4, 4, 0)
    peripheral.write(0x1001 * 32, 4, 0xFF)
    assert registers == {0x4000_1000: 0x1E0}


def test_a_bus_finds_devices_and_knows_the_gaps_between():
    first, second = Registers("first", 0x4000_0000, {4: 7}), Registers("second", 0x4000_0800, size_bytes=8)

    class Engine:
        def __init__(self) -> None:
            self.ranges: list[tuple[int, int]] = []
            self.stopped = 0

        def map_device(self, address, size_bytes, read, write):
            self.ranges.append((address, size_bytes))
            self.read, self.write = read, write

        def stop_here(self, *, defer=False):
            self.stopped += 1
            self.deferred = defer

    engine, bus = Engine(), AddressBus([second, first])
    exact = [True]
    bus.attach(engine, lambda: exact[0])
    assert engine.ranges == [(0x4000_0000, 0x1000)]
    engine.write(0x4000_0805, 1, 0xAB)
    assert [engine.read(0x4000_0004, 4), engine.read(0x4000_0804, 4)] == [7, 0xAB00]
    assert (bus.access, engine.stopped) == (None, 0)
    assert engine.read(0x4000_0808, 4) == 0
    assert (bus.access, engine.stopped, engine.deferred) == (Access("read", 0x4000_0808, 4), 1, False)


def test_an_access_waits_until_the_clock_is_right():
    class Engine:
        deferred = False

        def map_device(self, address, size_bytes, read, write):
            self.range, self.read, self.write = (address, size_bytes), read, write

        def stop_here(self, *, defer=False):
            self.deferred = defer

    engine, device = Engine(), Registers("device", 0x4000_0000)
    AddressBus([device]).attach(engine, lambda: False)
    engine.write(0x4000_0000, 4, 1)
    assert (device.words, engine.deferred) == ({}, True)


def test_devices_must_not_overlap():
    with pytest.raises(InternalError, match="devices low and high overlap at 0x40000200"):
        AddressBus([Registers("high", 0x4000_0200), Registers("low", 0x4000_0000)])


def test_registers_can_be_seen_and_set_from_outside(machine):
    made = machine("start: mov r0, r0\nend: b end")
    assert made.read(0xE000ED00, 4) == (0x410F_C241).to_bytes(4, "little")
    made.write(0xE000E100, bytes(range(8)))
    assert made.read(0xE000E100, 6) == bytes((0, 1, 0, 0, 0, 0))
    made.run_until(made.symbol("end"))


BIT_BAND = """
start: ldr r0, =0x22000000
movs r1, #1
str r1, [r0, #12]
ldr r2, =0x20000000
ldr r3, [r2]
movs r4, #0xff
str r4, [r2]
ldr r5, [r0, #28]
ldr r6, [r0, #32]
end: b end
.ltorg
"""


@pytest.mark.parametrize("timing", [True, False])
def test_firmware_uses_bit_bands(machine, timing):
    made: Machine = machine(BIT_BAND, timing=timing)
    made.run_until(made.symbol("end"))
    assert [made.register(name) for name in ("r3", "r5", "r6")] == [8, 1, 0]
