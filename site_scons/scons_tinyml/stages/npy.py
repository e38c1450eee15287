"""Arrays of numbers in zip archives (.npz) that anybody may have written. Nothing in them is code."""

from __future__ import annotations

import lzma
import zlib
from math import prod
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from scons_tinyml.records.network_limits import SizeLimit

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

SUFFIX = ".npy"
DAMAGE = (
    *(OSError, EOFError, ValueError, TypeError, SyntaxError, KeyError),
    *(BadZipFile, NotImplementedError, RuntimeError, zlib.error, lzma.LZMAError),
)
"""Errors of zipfile, zlib and numpy for a file with other content."""


def read_array(archive: ZipFile, member: ZipInfo, limit: SizeLimit) -> Array:
    """Return the array of a member, in rows or in columns.

    Raises ValueError when it holds objects, which are pickles, or has other bytes than it declares; InputError above
    `limit`; and errors of DAMAGE.
    """
    import numpy as np

    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read_header is None:
            raise ValueError(f"{member.filename} has version {version} of its format, expected 1.0 or 2.0")
        try:
            shape, in_columns, kind = read_header(file)
        except Exception:  # numpy evaluates the header as a literal of Python, whose errors are of any kind
            raise ValueError(f"{member.filename} has no header of an array") from None
        if kind.hasobject:
            raise ValueError(f"{member.filename} holds objects of Python, which are code, not numbers")
        declared_bytes = prod(shape) * kind.itemsize
        if declared_bytes != member.file_size - file.tell():
            raise ValueError(f"{member.filename} declares {declared_bytes} bytes, and has {member.file_size}")
        limit.require(declared_bytes)
        order: Any = "F" if in_columns else "C"
        return np.frombuffer(file.read(declared_bytes), kind).reshape(shape, order=order)
