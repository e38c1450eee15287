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

_CACHE = '{ size = "4 KiB", line = "16 B", ways = 2 }'
_CORE_CACHES = """\
[core_caches]
instruction = {{ size = "4 KiB", line = "32 B", ways = {instruction} }}
data = {{ size = "4 KiB", line = "32 B", ways = {data} }}

[supply]"""

MISTAKES = {
    "malformed": (
        ('core = "cortex-m3"', "core = cortex-m3"),
        "board.toml: is not valid TOML: Invalid value (at line 4, column 8)",
    ),
    "unknown_key": (
        ('clock = "32 MHz"', 'clock = "32 MHz"\nclok = "1 MHz"'),
        "board.toml: clok: unknown key; did you mean 'clock'? Known: $schema, boot_stage, clock, comparison, "
        "core, core_caches, description, devices, external_clock, features, flash, interrupts, memory, name, part, "
        "pins, regulator, serial, sources, supply, vendor",
    ),
    "unknown_key_in_a_region": (
        ('kind = "ram"', 'kind = "ram"\nsise = "1 KiB"'),
        "board.toml: memory.1.sise: unknown key; did you mean 'size'? "
        "Known: holds, kind, name, origin, size, tightly_coupled, wait_states",
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
        "board.toml: core: found 'cortex-m0'; input should be 'cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m7' "
        "or 'cortex-m33'",
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
    "feature_that_the_core_cannot_have": (
        ('clock = "32 MHz"', 'clock = "32 MHz"\nfeatures = ["fpu", "dsp"]'),
        "board.toml: features: a cortex-m3 has no dsp and no fpu",
    ),
    "double_precision_alone": (
        ('core = "cortex-m3"', 'core = "cortex-m7"\nfeatures = ["fpu_double"]'),
        "board.toml: features: fpu_double is a kind of fpu, which has to be listed too",
    ),
    "caches_of_a_core_that_has_none": (
        ("[supply]", _CORE_CACHES.format(instruction=2, data=4)),
        "board.toml: core_caches: a cortex-m3 has none",
    ),
    "caches_of_another_core": (
        ('"cortex-m3"', '"cortex-m7"'),
        ("[supply]", _CORE_CACHES.format(instruction=2, data=2)),
        "board.toml: core_caches: a cortex-m7 has 2 ways for instructions and 4 for data",
    ),
    "core_caches_without_a_source": (
        ('"cortex-m3"', '"cortex-m7"'),
        ("[supply]", _CORE_CACHES.format(instruction=2, data=4)),
        "board.toml: sources: no source is given for core_caches",
    ),
    "two_caches_for_instructions": (
        ("prefetch = true", f"prefetch = true\nunified_cache = {_CACHE}\ninstruction_cache = {_CACHE}"),
        "board.toml: flash: unified_cache serves instructions and data: a second cache beside it has no task",
    ),
    "unified_cache_without_a_source": (
        ("prefetch = true", f"prefetch = true\nunified_cache = {_CACHE}"),
        "board.toml: sources: no source is given for flash.unified_cache",
    ),
    "data_register_of_an_odd_width": (
        ("prefetch = true", "prefetch = true\ndata_register_bits = 48"),
        "board.toml: flash.data_register_bits: found 48; input should be 0, 32, 64, 128 or 256",
    ),
    "data_cache_without_a_data_register": (
        ("prefetch = true", f"prefetch = true\ndata_cache = {_CACHE}\ndata_register_bits = 0"),
        "board.toml: flash: data_register_bits is 0, so that no data is kept, but data_cache keeps what was read last: "
        "leave one of them out",
    ),
    "unified_cache_without_a_data_register": (
        ("prefetch = true", f"prefetch = true\nunified_cache = {_CACHE}\ndata_register_bits = 0"),
        "board.toml: flash: data_register_bits is 0, so that no data is kept, but unified_cache keeps what was read "
        "last: leave one of them out",
    ),
    "data_register_without_a_source": (
        ("prefetch = true", "prefetch = true\ndata_register_bits = 0"),
        "board.toml: sources: no source is given for flash.data_register_bits",
    ),
    "serial_output_without_a_source": (
        ("[supply]", '[serial]\nport = "USART2"\ntx = "PA2"\n[supply]'),
        "board.toml: sources: no source is given for serial",
    ),
    "external_clock_without_a_source": (
        ("[supply]", '[external_clock]\nfrequency = "8 MHz"\nkind = "crystal"\n[supply]'),
        "board.toml: sources: no source is given for external_clock",
    ),
    "kind_of_an_external_clock": (
        ("[supply]", '[external_clock]\nfrequency = "8 MHz"\nkind = "quartz"\n[supply]'),
        "board.toml: external_clock.kind: found 'quartz'; input should be 'crystal' or 'signal'",
    ),
    "figure_without_a_source": (
        ('clock = "a"\n', ""),
        "board.toml: sources: no source is given for clock",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    *changes, expected = MISTAKES[name]
    text = BOARD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "board.toml"
    path.write_text(text)
    with pytest.raises(RecordError) as raised:
        read_board(path)
    assert str(raised.value).removeprefix(f"{tmp_path}/") == expected
    assert raised.value.exit_code == EXIT_INPUT


def test_the_board_without_a_mistake(tmp_path):
    path = tmp_path / "board.toml"
    path.write_text(BOARD)
    assert read_board(path).ram_capacity_bytes == 16 * 1024


def test_what_running_costs_may_be_left_out(tmp_path):
    path = tmp_path / "board.toml"
    supply = BOARD[BOARD.index("[supply]") : BOARD.index("[sources]")]
    path.write_text(BOARD.replace(supply, ""))
    assert read_board(path).supply is None


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
        (
            'source = "a.tflite"\n[random_weights]\noutputs = 2\nseed = 1',
            "has 'source' and 'random_weights': a network is either given, trained or of random weights",
        ),
        (
            "[random_weights]\noutputs = 2\nseed = 1",
            "a network of random weights needs input, and no dataset",
        ),
        (
            "[random_weights]\noutputs = 0\nseed = 1",
            "random_weights.outputs: found 0; input should be greater than 0",
        ),
        (
            '[input]\nshape = [16, 6]\n[dataset]\nscript = "data.py"\n[training]\nepochs = 1\nsamples_per_epoch = 1\n'
            "batch_size = 1\nlearning_rate = 1\nseed = 1\naugmentation = { shift = 0.1 }",
            "training.augmentation changes images, and input.shape is [16, 6]; expected [height, width, channels]",
        ),
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
