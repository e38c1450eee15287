"""Limits of what is read: their text, how they are raised, and that docs/limits.md lists them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scons_tinyml.records.errors import InputError, ModelFileError, UnsupportedError
from scons_tinyml.records.input_file import check_file, read_file
from scons_tinyml.records.network_limits import LAYERS, LIMITS, NETWORK_FILE, VARIABLE, SizeLimit
from scons_tinyml.records.network_source import check_source

DOCUMENT = Path(__file__).parents[2] / "docs" / "limits.md"


def row(limit: SizeLimit) -> str:
    return f"| {limit.name} | {limit.text(limit.default)} | {limit.about} | {limit.reason} |"


def test_all_limits_are_listed() -> None:
    table = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")]
    assert table[2:] == [row(limit) for limit in LIMITS.values()]


def test_the_limit_itself_is_allowed() -> None:
    LAYERS.require(LAYERS.default)
    with pytest.raises(ModelFileError):
        LAYERS.require(LAYERS.default + 1)


def test_a_refusal_says_how_to_go_on() -> None:
    with pytest.raises(UnsupportedError) as caught:
        LAYERS.require(123_456, where="net.tflite", key="layers", error=UnsupportedError)
    assert str(caught.value) == (
        "net.tflite: layers: layers of a network: found 123,456, expected at most 10,000\n"
        "  unrolled recurrent networks have some thousand; if the input is right, TINYML_LIMITS=layers=... in "
        "the environment raises the limit"
    )


def test_the_variable_raises_several_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "layers=50000, network_file=1GiB,tensors=7")
    assert (LAYERS.value, NETWORK_FILE.value, LIMITS["tensors"].value) == (50_000, 2**30, 7)
    assert LIMITS["buffers"].value == LIMITS["buffers"].default


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("layer=5", "TINYML_LIMITS: there is no limit 'layer'; did you mean 'layers'?"),
        ("layers", "TINYML_LIMITS: layers: '' is not a number\n  such as 20000"),
        ("layers=2KiB", "TINYML_LIMITS: layers: '2KiB' is not a number\n  such as 20000"),
        ("layers=-1", "TINYML_LIMITS: layers: '-1' is not a number\n  such as 20000"),
        ("layers=" + "9" * 5000, "is not a number\n  such as 20000"),
        ("network_file=much", "TINYML_LIMITS: network_file: 'much' is not a number\n  such as 1GiB"),
        ("network_file=" + "9" * 400 + "GiB", "is not a number\n  such as 1GiB"),
    ],
)
def test_a_wrong_variable(monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(InputError) as caught:
        LAYERS.require(1)
    assert message in str(caught.value)


def test_a_file_is_read_up_to_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "net.tflite"
    file.write_bytes(b"12345")
    monkeypatch.setenv(VARIABLE, "network_file=5")
    assert (check_file(file, NETWORK_FILE), read_file(file, NETWORK_FILE)) == (5, b"12345")
    monkeypatch.setenv(VARIABLE, "network_file=4")
    for read in (check_file, read_file):
        with pytest.raises(
            ModelFileError, match=r"net\.tflite: size of a \.tflite file: found 5 B, expected"
        ):
            read(file, NETWORK_FILE)


def test_a_pipe_that_takes_the_place_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "net.tflite"
    os.mkfifo(file)
    monkeypatch.setattr("scons_tinyml.records.input_file.check_file", lambda *_: 0)
    with pytest.raises(ModelFileError, match=r"is a pipe \(FIFO\), not a file"):
        read_file(file, NETWORK_FILE)


@pytest.mark.parametrize("name", ["gone", "folder", "pipe", "zeros"])
def test_what_is_no_regular_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zeros").symlink_to("/dev/zero")
    expected = {
        "gone": "no such file",
        "folder": "is a folder, not a file",
        "pipe": "is a pipe (FIFO), not a file",
    }
    for read in (check_file, read_file):
        with pytest.raises(ModelFileError) as caught:
            read(tmp_path / name, NETWORK_FILE)
        assert str(caught.value) == f"{tmp_path / name}: {expected.get(name, 'is a device, not a file')}"


def test_all_files_of_a_saved_model_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("saved_model.pb", "variables/variables.index", "assets/words.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"1234")
    monkeypatch.setenv(VARIABLE, "float_file=12")
    check_source(tmp_path / "saved_model.pb")
    monkeypatch.setenv(VARIABLE, "float_file=11")
    with pytest.raises(ModelFileError, match="all files of a SavedModel: found 12 B, expected at most 11 B"):
        check_source(tmp_path / "saved_model.pb")
    monkeypatch.setenv(VARIABLE, "folder_files=2")
    with pytest.raises(ModelFileError, match="files of a SavedModel folder: found 3, expected at most 2"):
        check_source(tmp_path / "saved_model.pb")
