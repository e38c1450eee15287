"""What Unicorn calls, by the address of one native function for each timing model and one that only counts."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from scons_tinyml.emulator.timing.native.objects import entry
from scons_tinyml.records.errors import InternalError
from scons_tinyml.registry import Plugins

STEPS = Plugins("scons_tinyml.emulator.timing.native", provides="step")

#: Added to the address of a STATE: the hook is one of an instruction. And sizes of blocks that are commands.
CUT, FINISH, FORGET = 1, -1, -2
_BEGAN_S = time.time()
_ENTRY = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, ctypes.c_int32, ctypes.c_int64)


@dataclass(frozen=True)
class Native:
    """A compiled model: `address` of a uc_cb_hookcode_t whose user data is the address of a STATE, see `CUT`."""

    address: int

    def command(self, state: Any, command: int) -> None:
        """Carry out FINISH or FORGET."""
        _ENTRY(self.address)(int(state["engine"][0]), 0, command, state.ctypes.data)


@cache
def timing(model: str) -> Native:
    """A timing model, by the name of the module of `STEPS` with its `step` and `settle`."""
    if model not in STEPS:
        raise InternalError(f"a timing model names the native step {model}, which there is not")
    return _native(model, lambda: _build().timing(STEPS.load(model)), STEPS.file(model))


@cache
def counting() -> Native:
    """The counter of instructions."""
    return _native("counting", lambda: _build().counting())


def _build() -> Any:
    """numba, which takes longer to import than anything else, and compiles for seconds."""
    from scons_tinyml.emulator.timing.native import build

    return build


def _native(name: str, build: Callable[[], str], *more: Path) -> Native:
    """Compiled from the sources of native code and `more`.

    Sources that were edited since this process began are not those that it would compile: that is not kept.
    """
    folder = Path(__file__).parent
    constants = [
        folder.parent / "interface.py",
        folder.parent / "pipe.py",
        folder.parents[1] / "instruction.py",
    ]
    sources = [*sorted(folder.glob("*.py")), *constants, *more]
    digest = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    keep = max(path.stat().st_mtime for path in sources) < _BEGAN_S
    return Native(entry(name, digest, build, keep=keep))
