"""Tables of expected results: what they may say, and what is said about mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.errors import InputError, RecordError
from scons_tinyml.records.expected import read_expected
from scons_tinyml.records.input_limits import TOML_BYTES
from scons_tinyml.validation.compare import Comparison
from scons_tinyml.validation.expected import read_images

ROW = """
[[firmware]]
name = "one"
image = "one.elf"
board = "stm32l4"
from = "filter"
until = "done"
cycles = 1640
source = "table 2"
"""
BOARDS = ("nrf52840", "stm32l4")


@pytest.fixture
def table(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "expected.toml"
        path.write_text(text)
        return path

    return write


def changed(old: str, new: str) -> str:
    assert old in ROW
    return ROW.replace(old, new)


def test_a_row(table, tmp_path):
    image = read_images(table(ROW), tmp_path, BOARDS)[0]
    assert (image.name, image.title, image.board, image.piece) == ("one", "one", "stm32l4", "filter to done")
    assert (image.path, image.script, image.symbols) == (tmp_path / "one.elf", None, None)
    assert image.expected_s(80_000_000) == 1640 / 80e6


def test_a_time_and_a_script(table, tmp_path):
    text = changed('from = "filter"\nuntil = "done"', 'script = "talk.txt"').replace(
        "cycles = 1640", 'time = "5.66 ms"'
    )
    image = read_images(table(text), tmp_path, BOARDS)[0]
    assert (image.piece, image.script) == ("script to end of script", tmp_path / "talk.txt")
    assert image.expected_s(1) == pytest.approx(5.66e-3)


@given(within=st.floats(0.001, 0.9), ratio=st.floats(0.01, 3))
def test_the_band_of_a_row_decides(within, ratio):
    row = read_expected_text(ROW + f"within = {within!r}\n")
    compared = Comparison(row, "cortex-m4", "x", cycles=ratio * 1640, clock_hz=80, published_s=1640 / 80)
    assert compared.band == within
    assert compared.inside == (abs(compared.ratio - 1) <= within)


def read_expected_text(text: str):
    """The only row of a table, without a file that a property would have to write each time."""
    import tomllib

    from scons_tinyml.records.expected import ExpectedResults
    from scons_tinyml.validation.expected import ExpectedImage

    row = ExpectedResults.model_validate({**tomllib.loads(text), "name": "x"}).firmware[0]
    return ExpectedImage(Path("x.toml"), row, Path("one.elf"), None, None)


def test_rows_of_a_board(table, tmp_path):
    second = changed('"one"', '"two"').replace("stm32l4", "nrf52840")
    path = table(ROW + second)
    assert [image.name for image in read_images(path, tmp_path, BOARDS)] == ["one", "two"]
    assert [image.name for image in read_images(path, tmp_path, BOARDS, board="nrf52840")] == ["two"]
    with pytest.raises(InputError) as caught:
        read_images(path, tmp_path, BOARDS, board="stm32l1")
    assert str(caught.value) == f"{path}: no row is for stm32l1\n  boards: nrf52840, stm32l4"


MISTAKES = [
    (
        changed("cycles = 1640", ""),
        'firmware.0: expected cycles or time, one of them: cycles = 1640, or time = "5.66 ms"',
    ),
    (
        ROW + 'time = "1 ms"\n',
        'firmware.0: expected cycles or time, one of them: cycles = 1640, or time = "5.66 ms"',
    ),
    (
        changed('until = "done"', ""),
        "firmware.0: nothing says where the piece ends: add until, or a script",
    ),
    (
        changed("cycles = 1640", "cycles = 0"),
        "firmware.0.cycles: found 0; input should be greater than 0",
    ),
    (
        changed("cycles = 1640", 'time = "5 min"'),
        "firmware.0.time: unit 'min' of '5 min' is not one of s, ms, us, µs",
    ),
    (
        changed('until = "done"', 'untill = "done"'),
        None,
    ),
    (changed('source = "table 2"', ""), "firmware.0.source: missing"),
    (ROW + ROW, "firmware: the name 'one' is there more than once"),
    (changed('"one.elf"', '"/one.elf"'), None),
    ("", "firmware: missing"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_mistakes_are_told(table, text, message):
    path = table(text)
    with pytest.raises(RecordError) as caught:
        read_expected(path)
    assert str(caught.value).startswith(str(path))
    if message is not None:
        assert str(caught.value) == f"{path}: {message}"


def test_an_unknown_board_suggests_the_nearest(table, tmp_path):
    path = table(changed('"stm32l4"', '"stm32l5"'))
    with pytest.raises(InputError) as caught:
        read_images(path, tmp_path, BOARDS)
    assert str(caught.value) == (
        f"{path}: firmware.0.board: unknown board 'stm32l5'; did you mean 'stm32l4'? Known: nrf52840, stm32l4"
    )


def test_files_stay_in_the_project(table, tmp_path):
    path = table(changed('"one.elf"', '"../one.elf"'))
    with pytest.raises(RecordError, match=r"firmware\.0\.image: '\.\./one\.elf' leads out of its folder"):
        read_images(path, tmp_path, BOARDS)


def test_a_huge_table_is_not_read(table):
    path = table("#" * 100 + "\n")
    with path.open("ab") as stream:
        stream.truncate(TOML_BYTES + 1)
    with pytest.raises(RecordError, match="the limit is 262,144 bytes"):
        read_expected(path)
