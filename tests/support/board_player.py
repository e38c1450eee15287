"""A simulated board: the output of an emulated image, replayed with its times through a pseudo-terminal.

An emulated second takes a second, so readers have a serial port like that of a board.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.records.board import Board
from support.pseudo_terminals import open_port


@dataclass(frozen=True)
class Heard:
    """A line with its end, and the time of its first byte."""

    at_s: float
    data: bytes


Recording = tuple[Heard, ...]
Change = Callable[[Recording], Recording]


def record(board: Board, elf: Path, seconds: float) -> Recording:
    """Return the lines that the image sends within `seconds` of its own time."""
    machine = Machine(board)
    machine.load(elf)
    lines: list[Heard] = []
    line = bytearray()

    def listen(channel: str, data: bytes) -> None:
        assert channel == "uart"
        if not line:
            lines.append(Heard(machine.cycles / board.clock, b""))
        line.extend(data)
        if data.endswith(b"\n"):
            lines[-1] = replace(lines[-1], data=bytes(line))
            line.clear()

    machine.on_output = listen
    machine.run(max_cycles=round(seconds * board.clock))
    return tuple(one for one in lines if one.data)


def stretched(recording: Recording, factor: float) -> Recording:
    """Return the recording of a board whose clock is slower by `factor`."""
    return tuple(Heard(one.at_s * factor, one.data) for one in recording)


def reset_at(recording: Recording, seconds: float) -> Recording:
    """Return the recording of a board that is reset in the middle of a line, after `seconds`."""
    before = [one for one in recording if one.at_s < seconds]
    cut = replace(before[-1], data=before[-1].data[: len(before[-1].data) // 2])
    return (*before[:-1], cut, *(Heard(one.at_s + seconds, one.data) for one in recording))


def in_turn(first: Recording, second: Recording) -> Recording:
    """Return the recording of a board with a second image after the first."""
    end = first[-1].at_s + 0.1
    return (*first, *(Heard(one.at_s + end, one.data) for one in second))


def repeated(recording: Recording, times: int) -> Recording:
    """A board that is reset after each recording."""
    return recording if times == 1 else in_turn(recording, repeated(recording, times - 1))


@contextmanager
def played(
    recording: Sequence[Heard], *, unplugged: bool = False, begin: threading.Event | None = None
) -> Iterator[str]:
    """Yield the name of a port with the lines of `recording`; after them it is silent, or `unplugged`.

    The recording begins now, or when `begin` is set.
    """
    board, port, name = open_port()
    stop = threading.Event()
    player = threading.Thread(target=_play, args=(board, recording, stop, unplugged, begin))
    player.start()
    try:
        yield name
    finally:
        stop.set()
        player.join()
        os.close(port)


def _play(
    board: int,
    recording: Sequence[Heard],
    stop: threading.Event,
    unplugged: bool,
    begin: threading.Event | None,
) -> None:
    try:
        while begin is not None and not begin.wait(0.01) and not stop.is_set():
            pass
        _send(board, recording, stop)
        if not unplugged:
            stop.wait()
    finally:
        os.close(board)


def _send(board: int, recording: Sequence[Heard], stop: threading.Event) -> None:
    began_s = time.monotonic()
    os.set_blocking(board, False)
    for heard in recording:
        if stop.wait(max(0.0, began_s + heard.at_s - time.monotonic())):
            return
        try:
            os.write(board, heard.data)
        except BlockingIOError:
            continue  # no reader, and the buffer is full: a real board would lose the line too
