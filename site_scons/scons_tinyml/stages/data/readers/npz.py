"""Arrays of numpy in one `.npz` file: x and y, or x_train, y_train, x_validation, y_validation, x_test, y_test.

Values are taken as they are, as float32: bytes of pictures stay 0 to 255. Labels of a classification are whole numbers
from 0, or text; an array `classes` names those of numbers. Pickles in the file are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from scons_tinyml.records.dataset import SPLITS
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_file import check_file
from scons_tinyml.records.network_limits import DATASET_BYTES, ZIP_MEMBERS
from scons_tinyml.stages.data.arrays import samples_of
from scons_tinyml.stages.data.wanted import ALL, Parts, Wanted
from scons_tinyml.stages.npy import DAMAGE, SUFFIX, read_array

if TYPE_CHECKING:
    from scons_tinyml.stages.npy import Array

SUFFIXES = (".npz",)
KIND = "arrays"
_SHORT = {"val": "validation"}
_CLASSES = "classes"


def read_splits(path: Path, wanted: Wanted) -> Parts:
    """Return the samples in the file `path`. Raises InputError, which names the array."""
    arrays = _read(path)
    classes = arrays.pop(_CLASSES, None)
    ends = [name.removeprefix("x_") for name in arrays if name.startswith("x_")]
    if ("x" in arrays) == bool(ends):
        found = ", ".join(sorted(arrays)) or "none"
        raise InputError(
            f"has the arrays {found}; expected x and y, or x_train, y_train, x_test, y_test", where=path
        )
    if not ends:
        return {ALL: _part(path, arrays, "", classes, wanted)}
    parts = {}
    for end in ends:
        name = _SHORT.get(end, end)
        if name not in SPLITS or name in parts:
            raise InputError(
                f"no split is called {end!r}; expected {', '.join(SPLITS)}", where=path, key=f"x_{end}"
            )
        parts[name] = _part(path, arrays, f"_{end}", classes, wanted)
    return parts


def _read(path: Path) -> dict[str, Array]:
    check_file(path, DATASET_BYTES, InputError)
    try:
        with ZipFile(path) as archive:
            members = archive.infolist()
            ZIP_MEMBERS.require(len(members), where=path, error=InputError)
            total_bytes = sum(member.file_size for member in members)
            DATASET_BYTES.require(total_bytes, where=path, error=InputError)
            return {
                member.filename.removesuffix(SUFFIX): read_array(archive, member, DATASET_BYTES)
                for member in members
            }
    except DAMAGE as error:
        raise InputError(f"is no .npz file that can be read: {error}", where=path) from None


def _part(path: Path, arrays: Mapping[str, Array], end: str, classes: Any, wanted: Wanted) -> Any:
    if wanted.task != "none" and f"y{end}" not in arrays:
        raise InputError(f"has x{end}, and no y{end} with its labels", where=path)
    names = (f"x{end}", f"y{end}")
    return samples_of(arrays[names[0]], arrays.get(names[1]), classes, wanted, where=path, names=names)
