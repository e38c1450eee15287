"""Calls from numba code to C functions whose addresses are only known at run time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from scons_tinyml.emulator.timing.native.pipeline import Function

Native = TypeVar("Native", bound=Callable[..., Any])
Emitted = tuple[Any, Callable[..., Any]]

_BYTE_POINTER = ir.IntType(8).as_pointer()
_I32, _I64 = ir.IntType(32), ir.IntType(64)


#: Python calls none of these: wrappers for that would be half of the code. Nothing is reference-counted.
_OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "_nrt": False,
}


def native(function: Native) -> Native:
    """Compile `function` with numba, to be called from other native code."""
    return cast(Native, Function(function, **_OPTIONS))


def inlined(function: Native) -> Native:
    """Compile as `native`, but as part of the caller.

    Use it for code that runs once per instruction, where a call would be too slow.
    """
    return cast(Native, Function(function, **_OPTIONS, forceinline=True))


def _intrinsic(function: Callable[..., Emitted]) -> Any:
    return intrinsic(function)


def _slot(builder: Any) -> Any:
    """Return a zeroed word on the stack, allocated once per function even if the call is in a loop."""
    with builder.goto_entry_block():
        slot = builder.alloca(_I64)
    builder.store(_I64(0), slot)
    return slot


def _read_register(_typing: Any, _function: Any, _engine: Any, _register: Any) -> Emitted:
    def emit(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        function, engine, register = arguments
        slot = _slot(builder)
        kind = ir.FunctionType(_I32, [_BYTE_POINTER, _I32, _BYTE_POINTER])
        callee = builder.inttoptr(function, kind.as_pointer())
        handle = builder.inttoptr(engine, _BYTE_POINTER)
        builder.call(callee, [handle, register, builder.bitcast(slot, _BYTE_POINTER)])
        return builder.load(slot)

    return types.int64(types.int64, types.int64, types.int32), emit


def _call(_typing: Any, _function: Any, _argument: Any) -> Emitted:
    def emit(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        callee = builder.inttoptr(arguments[0], ir.FunctionType(_I32, [_I64]).as_pointer())
        return builder.sext(builder.call(callee, [arguments[1]]), _I64)

    return types.int64(types.int64, types.int64), emit


def _call_range(_typing: Any, _function: Any, _start: Any, _end: Any) -> Emitted:
    def emit(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        callee = builder.inttoptr(arguments[0], ir.FunctionType(_I32, [_I64, _I64]).as_pointer())
        return builder.sext(builder.call(callee, [arguments[1], arguments[2]]), _I64)

    return types.int64(types.int64, types.int64, types.int64), emit


#: read_register(address of uc_reg_read, engine, register id) -> value
read_register = _intrinsic(_read_register)
#: call(address of an `int f(int64_t)`, argument) -> result
call = _intrinsic(_call)
#: call_range(address of an `int f(int64_t, int64_t)`, start, end) -> result
call_range = _intrinsic(_call_range)
