"""Native functions that Unicorn calls: one for each timing model, and one that only counts."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scons_tinyml.emulator.timing.native.objects import entry, object_file
from scons_tinyml.emulator.timing.native.steps import STEPS
from scons_tinyml.records.errors import InternalError

_FOLDER = Path(__file__).parent
_CONSTANTS = (
    _FOLDER.parent / "interface.py",
    _FOLDER.parent / "pipe.py",
    _FOLDER.parents[1] / "instruction.py",
)
_ENTRY = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, ctypes.c_int32, ctypes.c_int64)


def _content(*more: Path) -> str:
    """Return the digest of the sources of native code.

    It is of contents alone, so that checkouts share compiled code.
    """
    sources = [*sorted(_FOLDER.glob("*.py")), *_CONSTANTS, *more]
    return sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


_IMPORTED = _content()
"""Digest at the time of the imports.

A process does not keep code compiled from sources that were edited later.
"""


@dataclass(frozen=True)
class Native:
    """Compiled model.

    `address` is that of a uc_cb_hookcode_t whose user data is the address of a STATE, see layout.CUT.
    """

    address: int

    def command(self, state: Any, command: int) -> None:
        """Execute FINISH or FORGET."""
        _ENTRY(self.address)(int(state["engine"][0]), 0, command, state.ctypes.data)


@cache
def timing(model: str) -> Native:
    """Return a timing model by the module of its `step` and `settle`: one of STEPS, or 'package.module'.

    Raises InternalError for a module that does not exist.
    """
    return _native(_name(model), lambda: _build().timing(model), _source(model))


@cache
def counting() -> Native:
    """Return the counter of instructions."""
    return _native("counting", lambda: _build().counting())


def is_compiled(model: str) -> bool:
    """Return whether `timing(model)` finds object code on disk."""
    return object_file(_name(model), content(model)).is_file()


def content(model: str) -> str:
    """Return the digest of the sources of `timing(model)`."""
    return _content(_source(model))


def _name(model: str) -> str:
    return model.rpartition(".")[2]


def _build() -> Any:
    """Import numba, which takes longer than any other import and compiles for seconds."""
    from scons_tinyml.emulator.timing.native import build

    return build


def _source(model: str) -> Path:
    if model in STEPS:
        return STEPS.file(model)
    spec = find_spec(model)
    if spec is None or spec.origin is None:
        raise InternalError(f"a timing model names the module {model}, which there is not")
    return Path(spec.origin)


def _native(name: str, build: Callable[[], list[str]], *more: Path) -> Native:
    """Return native code of the sources of this folder and `more`, compiled or from disk."""
    digest = _content(*more)
    return Native(
        entry(name, digest, build, keep=lambda: _content(*more) == digest and _content() == _IMPORTED)
    )
