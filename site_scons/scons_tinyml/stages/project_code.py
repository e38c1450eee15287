"""Imports of Python code of a project: of a network file or a generator, from files beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def importing_from(*folders: Path) -> Iterator[None]:
    """Make modules in `folders` importable inside of the block, and unload them after it.

    The folders come last in sys.path: none of their files takes the place of a package or of the standard library.
    Other code may have modules of the same names.
    """
    known, added = set(sys.modules), [str(folder.resolve()) for folder in folders]
    sys.path.extend(added)
    try:
        yield
    finally:
        for folder in added:
            sys.path.remove(folder)
        for name in set(sys.modules) - known:
            origin = getattr(sys.modules[name], "__file__", None)
            if origin is not None and str(Path(origin).parent) in added:
                del sys.modules[name]
