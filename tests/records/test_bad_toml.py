"""Every mistake in a board file, with the message that a person gets."""

import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import EXIT_INPUT, RecordError
from scons_tinyml.records.model import read_model

BOARD = """\
vendor = "Acme"
part = "A1"
description = "a board"
core = "cortex-m3"
clock = "32 MHz"
interrupts = 4

[[memory]]
name = "FLASH"
kind = "flash"
origin = 0x08000000
size = "64 KiB"
holds = ["code", "weights"]

[[memory]]
name = "RAM"
kind = "ram"
origin = 0x20000000
size = "16 KiB"
holds = ["data", "arena", "stack"]

[flash]
wait_states = 1
line_width_bits = 64
prefetch = true

[supply]
voltage = "3 V"
run_current = "9 mA"

[sources]
core = "a"
clock = "a"
interrupts = "a"
memory = "a"
"flash.wait_states" = "a"
"flash.line_width_bits" = "a"
"flash.prefetch" = "a"
"supply.voltage" = "a"
"supply.run_current" = "a"
"""

MISTAKES = {
    "malformed": (
        ('core = "cortex-m3"', "core = cortex-m3"),
        "board.toml: is not valid TOML: Invalid value (at line 4, column 8)",
    ),
    "unknown_key": (
        ('clock = "32 MHz"', 'clock = "32 MHz"\nclok = "1 MHz"'),
        "board.toml: clok: unknown key; did you mean 'clock'? Known: $schema, clock, core, description, features, "
        "flash, interrupts, memory, name, part, sources, supply, vendor",
    ),
    "unknown_key_in_a_region": (
        ('kind = "ram"', 'kind = "ram"\nsise = "1 KiB"'),
        "board.toml: memory.1.sise: unknown key; did you mean 'size'? "
        "Known: holds, kind, name, origin, size, wait_states",
    ),
    "missing_key": (('part = "A1"\n', ""), "board.toml: part: missing"),
    "size_without_a_unit": (
        ('size = "16 KiB"', "size = 16384"),
        "board.toml: memory.1.size: 16384 has no unit: write it as text with a unit, such as '64 B' or '64 KiB' or "
        "'64 MiB'",
    ),
    "size_with_an_unknown_unit": (
        ('size = "16 KiB"', 'size = "16 K"'),
        "board.toml: memory.1.size: unit 'K' of '16 K' is not one of B, KiB, MiB, kB, MB",
    ),
    "fraction_of_a_byte": (
        ('size = "16 KiB"', 'size = "1.5 B"'),
        "board.toml: memory.1.size: '1.5 B' is not a whole number of bytes",
    ),
    "clock_of_zero": (
        ('clock = "32 MHz"', 'clock = "0 MHz"'),
        "board.toml: clock: found 0; input should be greater than 0",
    ),
    "clock_without_a_unit": (
        ('clock = "32 MHz"', "clock = 32"),
        "board.toml: clock: 32 has no unit: write it as text with a unit, such as '64 Hz' or '64 kHz' or '64 MHz'",
    ),
    "unknown_core": (
        ('core = "cortex-m3"', 'core = "cortex-m0"'),
        "board.toml: core: found 'cortex-m0'; input should be 'cortex-m3' or 'cortex-m4'",
    ),
    "overlapping_regions": (
        ("origin = 0x20000000", "origin = 0x0800f000"),
        "board.toml: memory: FLASH (0x08000000 to 0x08010000) overlaps RAM (from 0x0800f000)",
    ),
    "same_name_twice": (
        ('name = "RAM"', 'name = "FLASH"'),
        "board.toml: memory: region names are not unique: FLASH, FLASH",
    ),
    "nothing_holds_the_arena": (
        ('"data", "arena", "stack"', '"data", "stack"'),
        "board.toml: memory: no region holds 'arena'",
    ),
    "cache_of_no_whole_lines": (
        ("prefetch = true", 'prefetch = true\ndata_cache = { size = "100 B", line = "32 B", ways = 1 }'),
        "board.toml: flash.data_cache: 100 B is not a whole number of lines of 32 B in 1 ways",
    ),
    "figure_without_a_source": (
        ('clock = "a"\n', ""),
        "board.toml: sources: no source is given for clock",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (old, new), expected = MISTAKES[name]
    assert old in BOARD
    path = tmp_path / "board.toml"
    path.write_text(BOARD.replace(old, new, 1))
    with pytest.raises(RecordError) as raised:
        read_board(path)
    assert str(raised.value).removeprefix(f"{tmp_path}/") == expected
    assert raised.value.exit_code == EXIT_INPUT


def test_the_board_without_a_mistake(tmp_path):
    path = tmp_path / "board.toml"
    path.write_text(BOARD)
    assert read_board(path).ram_capacity_bytes == 16 * 1024


def test_several_mistakes_are_told_at_once(tmp_path):
    path = tmp_path / "board.toml"
    path.write_text(BOARD.replace('part = "A1"\n', "").replace('"32 MHz"', '"0 MHz"'))
    with pytest.raises(RecordError) as raised:
        read_board(path)
    assert str(raised.value) == (
        f"{path}: 2 mistakes\n  part: missing\n  clock: found 0; input should be greater than 0"
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [(None, "no such file"), (b"\xff\xfe", "cannot be read: 'utf-8' codec can't decode byte 0xff")],
)
def test_unreadable(tmp_path, content, expected):
    path = tmp_path / "board.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordError) as raised:
        read_board(path)
    assert str(raised.value).startswith(f"{path}: {expected}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "without 'source' the network is trained, which needs input, dataset, training"),
        ('source = "a.tflite"\n[budgets]\nflash = 1', "budgets.flash: 1 has no unit"),
        (
            'source = "a.tflite"\n[budgets]\naccuracy = 1.5',
            "budgets.accuracy: found 1.5; input should be less than",
        ),
        (
            'source = "a.tflite"\n[budgets.boards.x]\nrom = 1',
            "budgets.boards.x.rom: unknown key; did you mean 'ram'?",
        ),
    ],
)
def test_model_mistakes(tmp_path, text, expected):
    path = tmp_path / "model.toml"
    path.write_text(text)
    with pytest.raises(RecordError) as raised:
        read_model(path)
    assert str(raised.value).startswith(f"{path}: {expected}")
