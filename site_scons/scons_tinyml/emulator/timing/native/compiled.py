"""Native functions from a timing model: what Unicorn calls, compiled once and kept on disk."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import FunctionType
from typing import Any

import numba
from numba import types
from numba.np.numpy_support import carray

from scons_tinyml.emulator.timing.native import hooks as hook_functions
from scons_tinyml.emulator.timing.native import replay
from scons_tinyml.emulator.timing.native.calls import native
from scons_tinyml.emulator.timing.native.hooks import at_block, at_cut, finish
from scons_tinyml.emulator.timing.native.layout import STATE
from scons_tinyml.emulator.timing.native.replay import forget_trees

#: uc_cb_hookcode_t: engine, address, size, user_data (address of a STATE)
HOOK = types.void(types.int64, types.int64, types.int32, types.voidptr)
COMMAND = types.void(types.voidptr)


@dataclass(frozen=True)
class Hooks:
    """Addresses of compiled functions: two for Unicorn's hooks, two that take the address of a STATE."""

    block: int
    cut: int
    finish: int
    forget: int


#: Functions that call the model: compiled anew for each.
_WITH_MODEL = (replay.skip, replay.run_model, replay.account, finish, at_block, at_cut)


def _block(engine: int, address: int, size: int, user_data: Any) -> None:
    at_block(carray(user_data, (1,), STATE)[0], engine, address, size)


def _cut(engine: int, address: int, _size: int, user_data: Any) -> None:
    at_cut(carray(user_data, (1,), STATE)[0], engine, address)


def _finish(user_data: Any) -> None:
    state = carray(user_data, (1,), STATE)[0]
    finish(state, state.engine)


def _forget(user_data: Any) -> None:
    forget_trees(carray(user_data, (1,), STATE)[0])


def sources_digest(*more: Path) -> int:
    """Digest of everything that is compiled, never 0."""
    folder = Path(__file__).parent
    constants = [folder.parent / name for name in ("interface.py", "pipe.py")]
    sources = [*sorted(folder.glob("*.py")), *constants, *more]
    digest = sha256(b"".join(path.read_bytes() for path in sources)).digest()
    return int.from_bytes(digest[:7], "little") | 1


@cache
def hooks(model_step: Any, model_settle: Any) -> Hooks:
    """The functions of a model that is given by its `step` and `settle` (see replay.py).

    numba's disk cache finds a function by its name and file: the name gets a digest of all that is compiled.
    """
    digest = sources_digest(Path(inspect.getfile(model_step.py_func)))
    suffix = f"{model_step.py_func.__module__.rpartition('.')[2]}_{digest:x}"
    names = {**vars(replay), **vars(hook_functions), **globals(), "step": model_step, "settle": model_settle}
    for function in _WITH_MODEL:
        names[function.__name__] = native(FunctionType(function.__code__, names, function.__name__))

    def compiled(function: Callable[..., Any], signature: Any) -> int:
        own = FunctionType(function.__code__, names, f"{function.__name__}_{suffix}")
        own.__qualname__ = own.__name__
        own.__module__ = function.__module__
        function_object: Any = numba.cfunc(signature, cache=True)(own)
        return int(function_object.address)

    return Hooks(
        compiled(_block, HOOK), compiled(_cut, HOOK), compiled(_finish, COMMAND), compiled(_forget, COMMAND)
    )
