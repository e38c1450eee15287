"""Native functions that Unicorn calls: one for each timing model, and one that only counts."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scons_tinyml.emulator.timing.native import shipped
from scons_tinyml.emulator.timing.native.steps import STEPS
from scons_tinyml.records.errors import InternalError, MissingExtra

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
    """Return whether `timing(model)` finds code on disk."""
    name, digest = _name(model), content(model)
    return bool(shipped.find(name, digest)) or _objects(name).object_file(name, digest).is_file()


def content(model: str) -> str:
    """Return the digest of the sources of `timing(model)`."""
    return _content(_source(model))


def shipped_code() -> dict[str, bytes]:
    """Return the files of native code that a wheel brings, by their names. Compiles for half a minute, once."""
    from scons_tinyml.emulator.timing.native.flat import flat_code
    from scons_tinyml.emulator.timing.native.objects import object_code

    def file(name: str, digest: str, build: Callable[[], list[str]]) -> tuple[str, bytes]:
        code = object_code(f"flat-{name}", digest, lambda: flat_code(build()))
        return shipped.file_name(name, digest), code

    steps = (file(name, content(name), partial(_build().timing, name)) for name in STEPS.names())
    return dict([file("counting", _content(), _build().counting), *steps])


def _build() -> Any:
    """Import numba, which takes longer than any other import and compiles for seconds."""
    from scons_tinyml.emulator.timing.native import build

    return build


def _objects(name: str) -> Any:
    """Import llvmlite. Raises MissingExtra, which names the code that needs it, when it or numba is not installed."""
    absent = [package for package in ("numba", "llvmlite") if find_spec(package) is None]
    if absent:
        raise MissingExtra(
            "timing",
            f"the native code '{name}' of the emulator has to be compiled, and {absent[0]} is not installed",
            otherwise="in a checkout ./bootstrap",
        )
    from scons_tinyml.emulator.timing.native import objects

    return objects


def _name(model: str) -> str:
    return model.rpartition(".")[2]


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
    found = shipped.find(name, digest)
    if found is not None:
        return Native(shipped.load(found))
    keep = lambda: _content(*more) == digest and _content() == _IMPORTED  # noqa: E731
    return Native(_objects(name).entry(name, digest, build, keep=keep))
