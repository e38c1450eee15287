"""The painted stack: where it lies, and how much of it was used."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.emulator.image import Image, Segment
from scons_tinyml.emulator.stack import Stack, find_stack

RAM, TOP = 0x2000_0000, 0x2000_8000


class Memory:
    def __init__(self):
        self.data = bytearray(0x10000)

    def read(self, address, size):
        return bytes(self.data[address - RAM : address - RAM + size])

    def write(self, address, data):
        self.data[address - RAM : address - RAM + len(data)] = data


def image(*, statics=(), symbols=None):
    segments = tuple(Segment(0x0800_0000, b"", start, end - start) for start, end in statics)
    return Image(Path("f.elf"), segments, symbols or {})


@pytest.mark.parametrize(
    ("made", "low"),
    [
        (image(), RAM),
        (image(statics=[(RAM, RAM + 0x102), (0x0800_0000, 0x0800_4000)]), RAM + 0x104),
        (image(statics=[(TOP, TOP + 0x100)]), RAM),
        (image(symbols={"__stack_limit": TOP - 0x400}), TOP - 0x400),
        (image(symbols={"__StackLimit": TOP - 0x400}, statics=[(RAM, TOP)]), TOP - 0x400),
    ],
)
def test_where_the_stack_lies(make_board, made, low):
    assert find_stack(make_board(), made, TOP) == Stack(low, TOP)


@pytest.mark.parametrize(
    ("made", "top"),
    [
        (image(statics=[(RAM, TOP)]), TOP),
        (image(), 0x1000_0000),
        (image(), RAM),
        (image(), TOP + 1),
        (image(symbols={"__stack_limit": TOP}), TOP),
    ],
)
def test_where_no_stack_is_known(make_board, made, top):
    """It would be painted over data, or it lies nowhere."""
    assert find_stack(make_board(), made, top) is None


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ([], 0),
        ([(TOP - 4, 4)], 4),
        ([(TOP - 400, 4), (TOP - 8, 8)], 400),
        ([(TOP - 401, 1)], 404),
        ([(RAM, 0x2000), (TOP - 0x1000, 8)], 0x1000),
        ([(RAM, 0x8000)], 0x8000),
    ],
    ids=["unused", "one word", "a hole", "a byte", "a heap below", "all"],
)
def test_how_much_was_used(written, used):
    memory, stack = Memory(), Stack(RAM, TOP)
    stack.paint(memory)
    for address, size in written:
        memory.write(address, bytes(size))
    assert stack.used_bytes_above_heap(memory) == used
