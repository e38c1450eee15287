"""CRC units against zlib, and against check values of the catalogue of CRC algorithms (the text '123456789')."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.emulator.devices.blocks.crc import Crc, FixedCrc

TEXT = b"123456789"
BYTES, WORDS, OUT = 1 << 5, 3 << 5, 1 << 7


def fed(data: bytes, *, control: int = 0, initial: int | None = None, polynomial: int | None = None) -> int:
    """Return the result over the bytes of `data`."""
    unit = Crc()
    if polynomial is not None:
        unit.write(0x14, 4, polynomial)
    unit.write(0x08, 4, control)
    if initial is not None:
        unit.write(0x10, 4, initial)
    unit.write(0x08, 4, control | 1)
    for byte in data:
        unit.write(0, 1, byte)
    return unit.read(0, 4)


@given(st.binary(max_size=64))
def test_crc_32_of_zip_files(data: bytes) -> None:
    assert fed(data, control=BYTES | OUT) ^ 0xFFFF_FFFF == zlib.crc32(data)


@given(st.lists(st.integers(0, 2**32 - 1), max_size=16))
def test_words_are_fed_as_their_bytes_from_the_highest(words: list[int]) -> None:
    fixed, programmable = FixedCrc(), Crc()
    for word in words:
        fixed.write(0, 4, word)
        programmable.write(0, 4, word)
    expected = fed(b"".join(word.to_bytes(4, "big") for word in words))
    assert fixed.read(0, 4) == programmable.read(0, 4) == expected


@given(st.lists(st.integers(0, 2**32 - 1), max_size=8))
def test_reversed_words_are_fed_as_their_reversed_bytes(words: list[int]) -> None:
    unit = Crc()
    unit.write(0x08, 4, WORDS | OUT | 1)
    for word in words:
        unit.write(0, 4, word)
    assert unit.read(0, 4) ^ 0xFFFF_FFFF == zlib.crc32(b"".join(word.to_bytes(4, "little") for word in words))


@pytest.mark.parametrize(
    ("size", "polynomial", "initial", "reflected", "check"),
    [
        (0, 0x04C1_1DB7, 0xFFFF_FFFF, False, 0x0376_E6E7),  # CRC-32/MPEG-2
        (1, 0x1021, 0xFFFF, False, 0x29B1),  # CRC-16/CCITT-FALSE
        (1, 0x8005, 0xFFFF, True, 0x4B37),  # CRC-16/MODBUS
        (2, 0x07, 0x00, False, 0xF4),  # CRC-8
        (2, 0x31, 0x00, True, 0xA1),  # CRC-8/MAXIM-DOW
        (3, 0x09, 0x00, False, 0x75),  # CRC-7/MMC
    ],
)
def test_check_values(size: int, polynomial: int, initial: int, reflected: bool, check: int) -> None:
    control = size << 3 | (BYTES | OUT if reflected else 0)
    assert fed(TEXT, control=control, initial=initial, polynomial=polynomial) == check


def test_registers() -> None:
    unit = Crc()
    unit.write(0x04, 4, 0x12345678)
    unit.write(0x08, 4, 0x21)
    assert [unit.read(offset, 4) for offset in (0, 4, 8, 0x10, 0x14, 0x18)] == [
        0xFFFF_FFFF,
        0x1234_5678,
        0x20,
        0xFFFF_FFFF,
        0x04C1_1DB7,
        0,
    ]
    unit.write(0, 1, 1)
    unit.reset()
    assert unit.read(0, 4) == 0xFFFF_FFFF
    fixed = FixedCrc()
    fixed.write(0x14, 4, 7)
    fixed.write(0x08, 4, 0xA0)
    assert (fixed.read(0x14, 4), fixed.read(0x08, 4)) == (0x04C1_1DB7, 0)
