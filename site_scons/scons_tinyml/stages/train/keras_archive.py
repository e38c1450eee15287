"""Sizes of a `.keras` file, checked before Keras unpacks it: zip archive, config.json and HDF5 weights."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo, is_zipfile

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.records.input_file import check_file
from scons_tinyml.records.network_limits import (
    FLOAT_FILE,
    JSON_BYTES,
    NESTING,
    TENSORS,
    ZIP_MEMBERS,
    ZIP_RATIO,
)

EXPECTED = "expected a file that model.save('name.keras') of Keras 3 wrote, without custom code"
CONFIG, WEIGHTS = "config.json", "model.weights.h5"

_END = b"PK\5\6"
_END_BYTES = 22
"""Bytes of the end record of an archive (APPNOTE.TXT of PKWARE, section 4.3.16); a comment may follow."""
_COMMENT_BYTES = 2**16
_ENTRY_BYTES = 46 + 3 * 2**16
"""Most bytes of an entry of the directory: its fields, and name, extra field and comment of 65,535 each."""
_BRACKETS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[][{}]', re.DOTALL)
"""Strings and brackets of JSON."""
_FREE_RATIO_BYTES = 2**20
"""Archives that unpack to less are not checked for their ratio: short text compresses well."""


class _Foreign(Exception):
    """Weights refer to something outside of their file."""


def check_keras(path: Path) -> None:
    """Raise ModelFileError for a `.keras` file that is no zip archive, or unpacks to more than its limits."""
    size_bytes = check_file(path, FLOAT_FILE)
    if not is_zipfile(path):
        raise ModelFileError("is not a .keras file, which is a zip archive", where=path, hint=EXPECTED)
    _check_directory(path, size_bytes)
    try:
        with ZipFile(path) as archive:
            _check_members(path, archive.infolist(), size_bytes)
            for member in archive.infolist():
                if member.filename == CONFIG:
                    JSON_BYTES.require(member.file_size, where=path, key=CONFIG)
                    NESTING.require(nesting(archive.read(member)), where=path, key=CONFIG)
                elif member.filename.endswith(".h5"):
                    _check_weights(path, member.filename, archive.read(member))
    except _Foreign as error:
        raise ModelFileError(str(error), where=path, key=WEIGHTS) from None
    except (BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise ModelFileError(f"is damaged: {error}", where=path, hint=EXPECTED) from None


def nesting(text: bytes) -> int:
    """Return the depth of lists and objects in JSON, also in damaged text."""
    depth = most = 0
    for found in _BRACKETS.finditer(text):
        if found[0] in b"[{":
            depth += 1
            most = max(most, depth)
        elif found[0] in b"]}":
            depth -= 1
    return most


def _check_directory(path: Path, size_bytes: int) -> None:
    """Check the size of the list of members, all of which Python reads when it opens an archive."""
    with path.open("rb") as file:
        file.seek(max(0, size_bytes - _END_BYTES - _COMMENT_BYTES))
        tail = file.read(_END_BYTES + _COMMENT_BYTES)
    place = tail.rfind(_END)
    if 0 <= place <= len(tail) - _END_BYTES:
        count, directory_bytes = struct.unpack_from("<HI", tail, place + 10)
        if directory_bytes > max(count, 1) * _ENTRY_BYTES or count > ZIP_MEMBERS.value:
            raise ZIP_MEMBERS.refusal(
                f"{count:,} in a list of {directory_bytes:,} B", ModelFileError, where=path
            )


def _check_members(path: Path, members: list[ZipInfo], size_bytes: int) -> None:
    ZIP_MEMBERS.require(len(members), where=path)
    unpacked_bytes = sum(member.file_size for member in members)
    FLOAT_FILE.require(unpacked_bytes, where=path, key="unpacked")
    if unpacked_bytes > _FREE_RATIO_BYTES:
        ZIP_RATIO.require(unpacked_bytes // size_bytes, where=path)


def _check_weights(path: Path, member: str, data: bytes) -> None:
    """Check the declared sizes of all weights: arrays without content take no bytes of the file."""
    h5py: Any = import_module("h5py")
    total_bytes = 0
    with h5py.File(io.BytesIO(data), "r") as file:
        for count, (name, array) in enumerate(_arrays(file), 1):
            TENSORS.require(count, where=path, key=member)
            if array.external or array.is_virtual:
                raise _Foreign(f"{name!r} is stored in another file")
            total_bytes += array.size * array.dtype.itemsize if array.size else 0
            FLOAT_FILE.require(total_bytes, where=path, key=f"{member}{name}")


def _arrays(file: Any) -> Iterator[tuple[str, Any]]:
    """Yield the arrays in an HDF5 file with their names, each once. Raises _Foreign for a link by name."""
    h5py: Any = import_module("h5py")
    groups, seen = [file], set()
    while groups:
        group = groups.pop()
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise _Foreign(f"{name!r} is a link, not weights")
            found = group[name]
            address = h5py.h5o.get_info(found.id).addr
            if address in seen:
                continue
            seen.add(address)
            if isinstance(found, h5py.Group):
                groups.append(found)
            elif isinstance(found, h5py.Dataset):
                yield found.name, found
