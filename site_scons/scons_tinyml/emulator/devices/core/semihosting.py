"""Semihosting: services of a debugger that firmware requests with BKPT 0xAB.

Source: Arm, 'Semihosting for AArch32 and AArch64', 2.0. Firmware has consoles and nothing else: no file of
the computer that runs the emulator is ever opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from scons_tinyml.emulator.devices.bus import System
from scons_tinyml.records.input_limits import SEMIHOSTING_NAME_BYTES

BREAKPOINT = 0xAB
CHANNEL = "semihosting"

_REFUSED, _OK = -1, 0
_CONSOLE = b":tt"
_FEATURES = b":semihosting-features"
_FEATURE_BYTES = b"SHFB\x01"  # SH_EXT_EXIT_EXTENDED: SYS_EXIT_EXTENDED exists
_NO_SUCH_FILE, _BAD_HANDLE, _TOO_MANY_FILES = 2, 9, 24
_MOST_FILES = 64
_STOPPED_BY_APPLICATION = 0x20026
_CENTISECONDS, _READ_MODES = 100, 4
_EPOCH_SECONDS = 0  # the clock of the host would make runs differ
_LONGEST_TEXT_BYTES = 1 << 16


class Memory(Protocol):
    """Memory of the firmware. `read` and `write` raise FirmwareFault where there is none."""

    def read(self, address: int, size: int) -> bytes:
        """Return `size` bytes at `address`."""

    def write(self, address: int, data: bytes) -> None:
        """Write `data` at `address`."""

    def available(self, address: int, most: int) -> int:
        """Return the number of bytes of memory from `address` on, at most `most`."""


@dataclass(frozen=True)
class Exited(Exception):
    """Request of the firmware to end."""

    code: int


@dataclass
class _File:
    """Open file: a console, or the list of features with the place that is read next."""

    readable: bool
    data: bytes | None = None
    position: int = 0


class Semihosting:
    """Handler of semihosting calls."""

    def __init__(self, memory: Memory, system: System, clock_hz: Callable[[], int]) -> None:
        self._memory, self._system, self._clock_hz = memory, system, clock_hz
        self._files: dict[int, _File] = {}
        self._error = 0
        self._calls: dict[int, Callable[[int], int]] = {
            0x01: self._open,
            0x02: self._close,
            0x03: self._write_character,
            0x04: self._write_text,
            0x05: self._write,
            0x06: self._read,
            0x07: self._read_character,
            0x08: lambda block: int(self._words(block, 1)[0] > 0x7FFF_FFFF),
            0x09: self._is_console,
            0x0A: self._seek,
            0x0C: self._length,
            0x10: lambda _: self._system.now() * _CENTISECONDS // self._clock_hz(),
            0x11: lambda _: _EPOCH_SECONDS + self._system.now() // self._clock_hz(),
            0x13: lambda _: self._error,
            0x15: self._command_line,
            0x16: self._heap_information,
            0x18: self._exit,
            0x20: self._exit_extended,
            0x30: self._elapsed,
            0x31: lambda _: self._clock_hz(),
        }

    def call(self, operation: int, parameter: int) -> int:
        """Return the result, for r0, of `operation` (r0) with `parameter` (r1).

        An unknown call gives -1. Raises Exited.
        """
        handler = self._calls.get(operation)
        return (_REFUSED if handler is None else handler(parameter)) & 0xFFFF_FFFF

    def _words(self, address: int, count: int) -> tuple[int, ...]:
        data = self._memory.read(address, 4 * count)
        return tuple(int.from_bytes(data[4 * index : 4 * index + 4], "little") for index in range(count))

    def _fail(self, error: int, result: int = _REFUSED) -> int:
        self._error = error
        return result

    def _open(self, block: int) -> int:
        address, mode, length = self._words(block, 3)
        name = self._memory.read(address, min(length, SEMIHOSTING_NAME_BYTES))
        if name == _FEATURES:
            file = _File(readable=True, data=_FEATURE_BYTES)
        elif name == _CONSOLE:
            file = _File(readable=mode < _READ_MODES)
        else:
            return self._fail(_NO_SUCH_FILE)
        if len(self._files) >= _MOST_FILES:
            return self._fail(_TOO_MANY_FILES)
        handle = next(number for number in range(1, len(self._files) + 2) if number not in self._files)
        self._files[handle] = file
        return handle

    def _close(self, block: int) -> int:
        handle = self._words(block, 1)[0]
        return _OK if self._files.pop(handle, None) else self._fail(_BAD_HANDLE)

    def _write_character(self, address: int) -> int:
        self._system.output(CHANNEL, self._memory.read(address, 1))
        return _OK

    def _write_text(self, address: int) -> int:
        length = self._memory.available(address, _LONGEST_TEXT_BYTES)
        text, end, _ = self._memory.read(address, length).partition(b"\0")
        if not end and length < _LONGEST_TEXT_BYTES:
            self._memory.read(address, length + 1)  # a fault, as the text goes on where there is no memory
        self._system.output(CHANNEL, text)
        return _OK

    def _write(self, block: int) -> int:
        """Return the number of bytes that were not written."""
        handle, address, length = self._words(block, 3)
        file = self._files.get(handle)
        if file is None or file.readable:
            return self._fail(_BAD_HANDLE, length)
        self._system.output(CHANNEL, self._memory.read(address, length))
        return 0

    def _read(self, block: int) -> int:
        """Return the number of bytes of the buffer that were not filled.

        A console gives the bytes that are queued, and does not wait.
        """
        handle, address, length = self._words(block, 3)
        file = self._files.get(handle)
        if file is None or not file.readable:
            return self._fail(_BAD_HANDLE, length)
        if file.data is None:
            data = bytes(islice(iter(lambda: self._system.input(CHANNEL), None), length))
        else:
            data = file.data[file.position : file.position + length]
            file.position += len(data)
        self._memory.write(address, data)
        return length - len(data)

    def _read_character(self, _: int) -> int:
        byte = self._system.input(CHANNEL)
        return _REFUSED if byte is None else byte

    def _is_console(self, block: int) -> int:
        file = self._files.get(self._words(block, 1)[0])
        return self._fail(_BAD_HANDLE) if file is None else int(file.data is None)

    def _seek(self, block: int) -> int:
        handle, position = self._words(block, 2)
        file = self._files.get(handle)
        if file is None or file.data is None or position > len(file.data):
            return self._fail(_BAD_HANDLE)
        file.position = position
        return _OK

    def _length(self, block: int) -> int:
        file = self._files.get(self._words(block, 1)[0])
        return self._fail(_BAD_HANDLE) if file is None else len(file.data or b"")

    def _command_line(self, block: int) -> int:
        """Write an empty command line."""
        address, size = self._words(block, 2)
        if not size:
            return _REFUSED
        self._memory.write(address, b"\0")
        self._memory.write(block + 4, bytes(4))
        return _OK

    def _heap_information(self, block: int) -> int:
        """Write base and limit of heap and stack: four zeroes, which leave the choice to the image."""
        self._memory.write(self._words(block, 1)[0], bytes(16))
        return _OK

    def _exit(self, reason: int) -> int:
        raise Exited(0 if reason == _STOPPED_BY_APPLICATION else 1)

    def _exit_extended(self, block: int) -> int:
        reason, code = self._words(block, 2)
        raise Exited(code if reason == _STOPPED_BY_APPLICATION else 1)

    def _elapsed(self, block: int) -> int:
        self._memory.write(block, self._system.now().to_bytes(8, "little"))
        return _OK
