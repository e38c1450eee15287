"""The serial port of a board, read by pyserial, with messages that suggest a remedy."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.stages.measure.hardware.problems import BoardProblem

BAUD = 115_200
"""Baud rate of the firmware: 8 data bits, no parity, 1 stop bit."""
_WAIT_S = 0.1
_BUSY = (errno.EBUSY, errno.EAGAIN)
_DENIED = (errno.EACCES, errno.EPERM)
_ABSENT = (errno.ENOENT, errno.ENXIO, errno.ENODEV)


class Port(Protocol):
    """Interface of a port for a listener."""

    def read(self) -> bytes:
        """Return received bytes after at most a tenth of a second; empty when none have arrived."""
        ...


@contextmanager
def open_port(name: str) -> Iterator[Port]:
    """Open the port `name`, '/dev/ttyACM0' or 'COM3', exclusively. Raises EnvironmentProblem."""
    serial = _pyserial()
    try:
        port = serial.Serial(name, BAUD, timeout=_WAIT_S, exclusive=True)
    except (serial.SerialException, OSError, ValueError) as error:
        raise _not_opened(name, error) from None
    try:
        yield _SerialPort(name, port, serial.SerialException)
    finally:
        port.close()


def ports() -> list[str]:
    """Return the ports of this machine with a description of their devices."""
    from serial.tools.list_ports import comports

    return [
        f"{port.device} ({port.description})" if port.description != "n/a" else port.device
        for port in sorted(comports(), key=lambda port: str(port.device))
    ]


class _SerialPort:
    def __init__(self, name: str, port: Any, failure: type[Exception]) -> None:
        self._name, self._port, self._failure = name, port, failure

    def read(self) -> bytes:
        try:
            data: bytes = self._port.read(max(1, self._port.in_waiting))
        except (self._failure, OSError):
            raise BoardProblem(
                "the board is gone: unplugged, or its adapter was reset",
                where=self._name,
                hint="plug it in and run the same command again: rows that were recorded are not measured again",
            ) from None
        return data


def _pyserial() -> Any:
    try:
        import serial
    except ImportError:
        raise EnvironmentProblem("pyserial is not installed", hint="pip install pyserial") from None
    return serial


def _not_opened(name: str, error: Exception) -> EnvironmentProblem:
    code = getattr(error, "errno", None)
    if code in _DENIED:
        return EnvironmentProblem("permission denied", where=name, hint=_permission_hint())
    if code in _BUSY:
        return EnvironmentProblem(
            "is in use by another program", where=name, hint="close the terminal that is connected to it"
        )
    if code in _ABSENT:
        return EnvironmentProblem("there is no such port", where=name, hint=_present())
    return EnvironmentProblem(f"cannot be opened: {error}", where=name, hint=_present())


def _permission_hint() -> str:
    if sys.platform != "linux":
        return _present()
    return "serial ports belong to the group dialout: sudo usermod -aG dialout $USER, then log in again"


def _present() -> str:
    found = ports()
    return f"ports here: {', '.join(found)}" if found else "no serial port is there: is the board plugged in?"
