"""Calls of semihosting: each nine bytes are an operation, an address, and a word that is written there first."""

from scons_tinyml.emulator.devices.core.semihosting import Exited, Semihosting
from scons_tinyml.records.errors import FirmwareFault
from support.fake_system import FakeSystem

TOKENS = (b"\xff\xff\xff\xff", b"\x05\x00\x00\x00\x20", b"\x06\x00\x00\x00\x20", b":tt\x00")
_RAM, _SIZE = 0x2000_0000, 256


class _Memory:
    """RAM of 256 bytes, whose reads are as large as firmware says only where it is."""

    def __init__(self) -> None:
        self.data = bytearray(b":tt\0" + bytes(_SIZE - 4))

    def available(self, address: int, most: int) -> int:
        return max(min(_RAM + _SIZE - address, most), 0) if address >= _RAM else 0

    def read(self, address: int, size: int) -> bytes:
        if self.available(address, size) < size:
            raise FirmwareFault("no memory")
        return bytes(self.data[address - _RAM : address - _RAM + size]) if size else b""

    def write(self, address: int, data: bytes) -> None:
        self.read(address, len(data))
        if data:
            self.data[address - _RAM : address - _RAM + len(data)] = data


class _System(FakeSystem):
    def output(self, channel: str, data: bytes) -> None:
        assert channel == "semihosting"
        self.sent += data


def seeds() -> list[bytes]:
    words = (
        (1, _RAM + 16, _RAM),
        (5, _RAM + 32, 1),
        (6, _RAM + 32, 1),
        (4, _RAM, 0),
        (0x15, _RAM + 64, _RAM),
    )
    return [
        b"".join(bytes((call,)) + a.to_bytes(4, "little") + b.to_bytes(4, "little") for call, a, b in words)
    ]


def execute(data: bytes) -> None:
    memory, system = _Memory(), _System()
    system.type(b"input")
    calls = Semihosting(memory, system, lambda: 32_000_000)
    for at in range(0, len(data) - 8, 9):
        address = int.from_bytes(data[at + 1 : at + 5], "little")
        try:
            if memory.available(address, 4) == 4:
                memory.write(address, data[at + 5 : at + 9])
            calls.call(data[at], address)
        except (FirmwareFault, Exited):
            continue
