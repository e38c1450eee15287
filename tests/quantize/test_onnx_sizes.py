"""Sizes of `.onnx` files, and the wire format that they are read in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.records.network_limits import VARIABLE
from scons_tinyml.stages.protobuf import DamagedMessage, fields, numbers, parts
from scons_tinyml.stages.quantize.onnx_check import check_onnx
from support.onnx_files import dense_relu, field, tensor_field

NETWORK = dense_relu(np.ones((3, 2), np.float32))


def check(folder: Path, data: bytes) -> None:
    path = folder / "net.onnx"
    path.write_bytes(data)
    check_onnx(path)


def test_fields_of_a_message() -> None:
    message = memoryview(field(1, 300) + field(2, b"text") + b"\x1d\1\2\3\4" + b"\x21" + bytes(8))
    assert [
        (number, value if isinstance(value, int) else bytes(value)) for number, value in fields(message)
    ] == [
        (1, 300),
        (2, b"text"),
        (3, b"\1\2\3\4"),
        (4, bytes(8)),
    ]


def test_numbers_are_packed_or_not() -> None:
    packed = field(1, field(0, 5)[1:] + field(0, 300)[1:])
    assert numbers(memoryview(field(1, 7) + packed + field(2, 9)), 1) == [7, 5, 300]


def test_parts_by_their_path() -> None:
    message = memoryview(
        field(2, field(3, b"a") + field(3, b"b") + field(4, b"c")) + field(2, field(3, b"d"))
    )
    assert list(map(bytes, parts(message, 2, 3))) == [b"a", b"b", b"d"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x08", "a number does not end"),
        (b"\x08" + b"\xff" * 11, "a number does not end"),
        (b"\x0a\x05ab", "a field of 5 bytes has only 2"),
        (b"\x0b", "a field has the kind 3"),
    ],
)
def test_damaged_messages(data: bytes, message: str) -> None:
    with pytest.raises(DamagedMessage, match=message):
        list(fields(memoryview(data)))


@given(st.binary())
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    for content in (data, NETWORK[: len(data)] + data, field(1, 8) + field(7, data)):
        try:
            check(folder, content)
        except ModelFileError as error:
            assert str(error).startswith(f"{folder / 'net.onnx'}: ")


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ("graph_nodes=1", "net.onnx: nodes of an .onnx file or a SavedModel: found 2"),
        ("onnx_initializers=0", "net.onnx: initializers of an .onnx file: found 1"),
        ("onnx_ir_version=7", "net.onnx: ir_version: version of the format of an .onnx file: found 8"),
        ("dimensions=1", "net.onnx: inputs of the network: dimensions of a tensor: found 2"),
        ("activation_bytes=2", "net.onnx: inputs of the network: size of an activation: found 3 B"),
    ],
)
def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: str, message: str) -> None:
    check(tmp_path, NETWORK)
    monkeypatch.setenv(VARIABLE, limits)
    with pytest.raises(ModelFileError) as caught:
        check(tmp_path, NETWORK)
    assert message in str(caught.value)


def test_values_of_attributes_and_functions_count(tmp_path: Path) -> None:
    constant = field(4, b"Constant") + field(5, field(5, tensor_field([2**40])))
    for graph in (field(7, field(1, constant)), field(7, b"") + field(25, field(7, constant))):
        with pytest.raises(ModelFileError, match=r"initializers: size of a \.keras or \.onnx file"):
            check(tmp_path, field(1, 8) + graph)


def test_weights_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = field(1, 8) + field(7, field(5, tensor_field([4], outside="weights.bin")))
    with pytest.raises(ModelFileError, match=r"weights\.bin: no such file"):
        check(tmp_path, network)
    (tmp_path / "weights.bin").write_bytes(bytes(2000))
    check(tmp_path, network)
    monkeypatch.setenv(VARIABLE, "float_file=1000")
    with pytest.raises(ModelFileError, match=r"weights\.bin: size of .*: found 2,000 B"):
        check(tmp_path, network)


@pytest.mark.parametrize(
    ("name", "message"), [("\0", "has a character that cannot be printed"), ("a" * 300, "File name too long")]
)
def test_names_of_files_that_cannot_be(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ModelFileError, match=message):
        check(tmp_path, field(1, 8) + field(7, field(5, tensor_field([4], outside=name))))
