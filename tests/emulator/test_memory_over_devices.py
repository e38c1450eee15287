"""Memory of a board where its chip has devices: an error of the board's file, not of the emulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.emulator.address_bus import AddressBus
from scons_tinyml.emulator.chip import require_apart
from scons_tinyml.emulator.devices.bus import Registers
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.errors import RecordError

ACME = Path(__file__).parents[1] / "failing" / "base" / "boards" / "acme.toml"


def board_with(folder: Path, size: str) -> Board:
    file = folder / "big.toml"
    file.write_text(ACME.read_text().replace('"64 KiB"', f'"{size}"'))
    return read_board(file)


def test_ram_that_reaches_a_device(tmp_path: Path) -> None:
    bus = AddressBus([Registers("bits", 0x2200_0010, size_bytes=4)])
    require_apart(board_with(tmp_path, "32 MiB"), bus)
    with pytest.raises(RecordError) as caught:
        require_apart(board_with(tmp_path, "40 MiB"), bus)
    assert str(caught.value) == (
        "boards/big.toml: memory: RAM (0x20000000 to 0x22800000) overlaps devices of the chip "
        "(0x22000000 to 0x22001000)"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"64 KiB"', '"1152921504606846976 B"'), "memory.1.size: found 1152921504606846976"),
        (('"64 KiB"', '"129 MiB"'), "memory.1.size: found 135266304"),
        (
            ("0x2000_0000", "0xFFFF_F000"),
            "RAM ends at 0x10000f000; the last address is 0xffffffff, so that at most "
            "4.0 KiB fit behind its origin",
        ),
    ],
)
def test_regions_of_impossible_sizes(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    file = tmp_path / "big.toml"
    file.write_text(ACME.read_text().replace(*change))
    with pytest.raises(RecordError) as caught:
        read_board(file)
    assert message in str(caught.value)
