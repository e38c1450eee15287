"""Folders of headers that kernels are compiled with. The SConstruct imports this module, so it is light."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.records.errors import RecordError

INCLUDE = "include"
"""Name of a folder of headers: beside the kernel sets for all of them, in a set for its own C files."""


def own_include(kernel_set: Path, folders: Sequence[Path]) -> list[Path]:
    """Return the folder `include` in the folder `kernel_set`, if it is there; `folders` hold the kernel sets.

    Raises RecordError for a header in it that sets share: a kernel would not see the parameters that its caller passes.
    """
    own = kernel_set / INCLUDE
    for header in sorted(own.rglob("*.h")):
        name = header.relative_to(own)
        for folder in folders:
            if (folder / INCLUDE / name).is_file():
                raise RecordError(
                    f"has the name of {folder / INCLUDE / name}, which the callers of the kernels include",
                    where=header,
                    hint=f"rename it; kernels/{INCLUDE}/{name} in the project replaces that header for all sets",
                )
    return [own] if own.is_dir() else []
