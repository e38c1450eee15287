"""LLVM code of the functions that Unicorn calls, made by numba.

This module is imported when no object code is on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import FunctionType
from typing import Any

from numba import types

from scons_tinyml.emulator.timing.native import hooks, replay
from scons_tinyml.emulator.timing.native.calls import native
from scons_tinyml.emulator.timing.native.counter import count
from scons_tinyml.emulator.timing.native.hooks import at_block, at_cut, finish
from scons_tinyml.emulator.timing.native.layout import CUT, FINISH, FORGET, STATE
from scons_tinyml.emulator.timing.native.memory import record
from scons_tinyml.emulator.timing.native.objects import SYMBOL
from scons_tinyml.emulator.timing.native.pipeline import llvm_code
from scons_tinyml.emulator.timing.native.replay import forget_trees
from scons_tinyml.emulator.timing.native.steps import STEPS

#: Functions that call the model, compiled anew for each model.
_WITH_MODEL = (replay.skip, replay.run_model, replay.account, finish, at_block, at_cut)
_SIGNATURE = types.void(types.int64, types.int64, types.int32, types.int64)
#: A function compiled by numba returns the status of an exception. These raise none.
_ENTRY = """
declare i32 @{name}(ptr, ptr, i64, i64, i32, i64)
define void @{symbol}(i64 %engine, i64 %address, i32 %size, i64 %state) {{
  %value = alloca ptr
  %exception = alloca ptr
  %status = call i32 @{name}(ptr %value, ptr %exception, i64 %engine, i64 %address, i32 %size, i64 %state)
  ret void
}}
"""


def _timing(engine: int, address: int, size: int, tagged: int) -> None:
    state = record(STATE, tagged & ~CUT, 0)
    if tagged & CUT:
        at_cut(state, engine, address)
    elif size == FINISH:
        finish(state, engine)
    elif size == FORGET:
        forget_trees(state)
    else:
        at_block(state, engine, address, size)


def _counting(engine: int, address: int, size: int, state: int) -> None:
    count(record(STATE, state, 0), engine, address, size)


def timing(model: str) -> list[str]:
    """Return LLVM modules for the `step` and `settle` of a model, see replay.py.

    `model` is as in `compiled.timing`.
    """
    module = import_step(model)
    names = {**vars(replay), **vars(hooks), **globals(), "step": module.step, "settle": module.settle}
    for function in _WITH_MODEL:
        names[function.__name__] = native(FunctionType(function.__code__, names, function.__name__))
    return _modules(FunctionType(_timing.__code__, names, "timing"))


def import_step(model: str) -> Any:
    """Return the Python module of a model; `model` is as in `compiled.timing`."""
    return STEPS.load(model) if model in STEPS else import_module(model)


def counting() -> list[str]:
    """Return LLVM modules that count instructions."""
    return _modules(_counting)


def _modules(function: Callable[..., Any]) -> list[str]:
    name, modules = llvm_code(native(function), _SIGNATURE)
    return [*modules, _ENTRY.format(symbol=SYMBOL, name=name)]
