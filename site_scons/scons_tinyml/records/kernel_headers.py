"""Folders of headers that kernels are compiled with. The SConstruct imports this module, so it is light."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from scons_tinyml.records.errors import RecordError

INCLUDE = "include"
"""Name of a folder of headers: beside the kernel sets for all of them, in a set for its own C files."""


def headers(folder: Path | str) -> list[str]:
    """Return the names of the headers below `folder`, relative to it, sorted; none if it does not exist.

    This is ten times as fast as pathlib, in every build.
    """
    return sorted(_headers(str(folder), ""), key=lambda name: name.split("/"))


def _headers(folder: str, prefix: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".h"):
                    yield f"{prefix}{entry.name}"
                elif entry.is_dir(follow_symlinks=False):
                    yield from _headers(entry.path, f"{prefix}{entry.name}/")
    except OSError:
        return


def own_include(kernel_set: Path, folders: Sequence[Path]) -> list[Path]:
    """Return the folder `include` in the folder `kernel_set`, if it is there; `folders` hold the kernel sets.

    Raises RecordError for a header there, or beside the C files, that sets share: a kernel would not see the parameters
    that its caller passes.
    """
    own = kernel_set / INCLUDE
    for place in (kernel_set, own):
        for name in headers(place):
            _require_no_shared(name, place, folders)
    return [own] if own.is_dir() else []


def _require_no_shared(name: str, place: Path, folders: Sequence[Path]) -> None:
    for folder in folders:
        if os.path.isfile(f"{folder}/{INCLUDE}/{name}"):  # noqa: PTH113 - in every build
            raise RecordError(
                f"has the name of {folder / INCLUDE / name}, which the callers of the kernels include",
                where=place / name,
                hint=f"rename it; kernels/{INCLUDE}/{name} in the project replaces that header for all sets",
            )
