"""ONNX files of strangers: they refer to no file outside of their folder, wherever in them a reference stands."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.errors import ModelFileError, UnsupportedError
from scons_tinyml.stages.quantize.from_onnx import convert
from scons_tinyml.stages.quantize.onnx_check import check_onnx
from support.onnx_files import dense_relu, field

NETWORK = dense_relu(np.ones((3, 2), np.float32))


def tensor(location: str) -> bytes:
    """A tensor whose values are in the file `location`."""
    entry = field(1, b"location") + field(2, location.encode())
    return field(8, b"w") + field(13, field(1, b"offset") + field(2, b"0")) + field(13, entry) + field(14, 1)


def node(domain: str = "", attribute: bytes = b"") -> bytes:
    return field(4, b"Mine") + field(7, domain.encode()) + field(5, attribute)


def graph(*fields: tuple[int, bytes]) -> bytes:
    """A network whose graph has `fields`."""
    return field(7, b"".join(field(number, value) for number, value in fields))


PLACES = {
    "an initializer": lambda one: graph((5, one)),
    "a sparse initializer": lambda one: graph((15, field(1, one))),
    "indices of a sparse one": lambda one: graph((15, field(2, one))),
    "an attribute": lambda one: graph((1, node(attribute=field(5, one)))),
    "attributes": lambda one: graph((1, node(attribute=field(10, one)))),
    "a sparse attribute": lambda one: graph((1, node(attribute=field(22, field(1, one))))),
    "sparse attributes": lambda one: graph((1, node(attribute=field(23, field(1, one))))),
    "a branch": lambda one: graph((1, node(attribute=field(6, field(5, one))))),
    "branches": lambda one: graph((1, node(attribute=field(11, field(5, one))))),
    "a function": lambda one: field(25, field(7, node(attribute=field(5, one)))),
    "a default of a function": lambda one: field(25, field(11, field(5, one))),
    "training": lambda one: field(20, field(1, field(5, one))),
}


def check(folder: Path, data: bytes) -> None:
    (folder / "net.onnx").write_bytes(field(1, 8) + field(7, b"") + data)
    check_onnx(folder / "net.onnx")


@pytest.mark.parametrize("place", PLACES)
def test_a_reference_is_found_wherever_it_stands(place: str, tmp_path: Path) -> None:
    with pytest.raises(
        ModelFileError, match=r"has weights in another file: '\.\./secret' leads out of its folder"
    ):
        check(tmp_path, PLACES[place](tensor("../secret")))
    (tmp_path / "weights.bin").touch()
    check(tmp_path, PLACES[place](tensor("weights.bin")))


@pytest.mark.parametrize("location", ["/etc/passwd", "..", "a/../../x", "", "a\nb", "./x"])
def test_locations_outside(location: str, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=re.escape(repr(location))):
        check(tmp_path, graph((5, tensor(location))))


def test_links_and_pipes(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    for name, problem in (("link", "leads, by a link, out of"), ("pipe", "is a pipe")):
        with pytest.raises(ModelFileError, match=problem):
            check(tmp_path, graph((5, tensor(name))))


def test_operators_of_another_maker(tmp_path: Path) -> None:
    with pytest.raises(
        UnsupportedError, match=r"has the operator 'Mine' of 'evil\.corp', which is not of ONNX"
    ):
        check(tmp_path, graph((1, node("evil.corp"))))
    check(tmp_path, graph((1, node("evil.corp"))) + field(25, field(10, b"evil.corp")))
    check(tmp_path, graph((1, node("com.microsoft"))))


def test_the_converter_is_not_called(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(field(1, 8) + graph((5, tensor("/etc/passwd"))))
    with pytest.raises(ModelFileError, match="has weights in another file"):
        convert(tmp_path / "net.onnx", tmp_path / "no such command")


def test_an_honest_network(tmp_path: Path) -> None:
    check(tmp_path, NETWORK)


@pytest.mark.parametrize("data", [b"nonsense", NETWORK[:-3], b"\x3a\xff"])
def test_damaged_files(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"is not a valid \.onnx file"):
        check(tmp_path, data)


def test_branches_in_branches(tmp_path: Path) -> None:
    """A limit refuses what is too deep for our stack."""
    inner = tensor("/etc/passwd")
    data = field(5, inner)
    for _ in range(5000):
        data = field(1, node(attribute=field(6, data)))
    with pytest.raises(ModelFileError):
        check(tmp_path, field(7, data))
