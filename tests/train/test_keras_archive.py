"""Sizes of `.keras` files: what is allowed, and where the limits are."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.records.network_limits import VARIABLE
from scons_tinyml.stages.train.keras_archive import check_keras, nesting

TREES = st.recursive(
    st.text() | st.integers() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def weights(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for name, values in arrays.items():
            file[f"layers/{name}/vars/0"] = values
    return stream.getvalue()


def archive(path: Path, config: bytes = b"{}", h5: bytes = b"", kind: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as file:
        file.writestr("config.json", config)
        file.writestr("model.weights.h5", h5 or weights(dense=np.ones((2, 3), np.float32)))
    return path


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(TREES)
def test_nesting_is_that_of_json(value: object) -> None:
    assert nesting(json.dumps(value).encode()) == depth(value)


@pytest.mark.parametrize(("text", "expected"), [(b'"[[', 0), (b"[[[", 3), (b'"\\"[" [', 1), (b"]]]", 0)])
def test_nesting_of_damaged_text(text: bytes, expected: int) -> None:
    assert nesting(text) == expected


def test_a_network_is_within_the_limits(tmp_path: Path) -> None:
    check_keras(archive(tmp_path / "net.keras"))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ("float_file=20KiB,zip_members=1", "net.keras: members of a zip archive: found 2"),
        ("json_bytes=4", "net.keras: config.json: size of config.json in a .keras file: found 12 B"),
        ("nesting=2", "net.keras: config.json: levels of nesting: found 3"),
        ("tensors=1", "net.keras: model.weights.h5: tensors of a network: found 2"),
    ],
)
def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: str, message: str) -> None:
    two = weights(a=np.ones(2, np.float32), b=np.ones(3, np.float32))
    path = archive(tmp_path / "net.keras", b'{"a": [[1]]}', two)
    check_keras(path)
    monkeypatch.setenv(VARIABLE, limits)
    with pytest.raises(ModelFileError) as caught:
        check_keras(path)
    assert message in str(caught.value)


def test_a_list_of_members_that_is_longer_than_their_number(tmp_path: Path) -> None:
    """Python reads as many entries as fit into the list, whatever their number in the end record is."""
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(path, "w") as file:
        for number in range(6000):
            file.writestr(f"{number:050}", b"")
    data = bytearray(path.read_bytes())
    place = data.rfind(b"PK\5\6")
    data[place + 8 : place + 12] = b"\1\0\1\0"
    path.write_bytes(bytes(data))
    with pytest.raises(ModelFileError, match=r"members of a zip archive: found "):
        check_keras(path)


def test_a_circle_of_groups_ends(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        group = file.create_group("a")
        group["again"] = file["/"]
        group["w"] = np.ones(3, np.float32)
    check_keras(archive(tmp_path / "net.keras", h5=stream.getvalue()))


@given(st.binary(max_size=200), st.integers(0, 400))
def test_damaged_archives(tmp_path_factory: pytest.TempPathFactory, damage: bytes, place: int) -> None:
    path = archive(tmp_path_factory.mktemp("damaged") / "net.keras", h5=b"damaged")
    data = bytearray(path.read_bytes())
    data[place : place + len(damage)] = damage
    path.write_bytes(bytes(data))
    try:
        check_keras(path)
    except ModelFileError as error:
        assert str(error).startswith(f"{path}: ")
