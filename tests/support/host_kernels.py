"""Kernels compiled for this machine and called through ctypes, with guards behind their outputs."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.graph.families.base import CArray, CStruct
from scons_tinyml.stages.lowering.images import one_image
from support.cases import Case
from support.kernel_calls import (
    GUARD,
    KernelFolder,
    admits,
    calls_of,
    inputs_of,
    kernels_of,
    operator_of,
    outputs_of,
    scratch_bytes,
)
from support.oracle import assert_same

_GUARD_BYTES = 64
_ITEMS: dict[str, Any] = {
    "int8_t": ctypes.c_int8,
    "int16_t": ctypes.c_int16,
    "uint16_t": ctypes.c_uint16,
    "int32_t": ctypes.c_int32,
    "float": ctypes.c_float,
}


class HostLibrary:
    """All kernels of a set in one shared library, with further external sources `also`."""

    def __init__(self, source: KernelFolder, build: Path, also: Sequence[Path] = ()) -> None:
        def compiled(file: Path) -> Path:
            # Some headers of CMSIS-NN v4.1.0 count on those of Arm's compiler to include stdint.h.
            command = ["gcc", "-c", "-fPIC", "-Werror", "-include", "stdint.h", *source.compile_flags, file]
            subprocess.run([*command, "-o", build / f"{file.stem}.o"], check=True)
            return build / f"{file.stem}.o"

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            objects = list(pool.map(compiled, dict.fromkeys([*source.sources(source.kernels), *also])))
        subprocess.run(["gcc", "-shared", *objects, "-o", build / "kernels.so", "-lm"], check=True)
        self.library = ctypes.CDLL(str(build / "kernels.so"))

    def run(self, kernel: Kernel, case: Case) -> NDArray[np.generic]:
        """Return the first output of `kernel` for the layer and inputs of `case`."""
        return self.run_all(kernel, case)[0]

    def run_over(self, kernel: Kernel, case: Case, position: int) -> NDArray[np.generic]:
        """Return the only output of `kernel`, which is written over the input at `position`."""
        given = inputs_of(case)[position]
        assert given is not None
        room = np.concatenate([given, np.full(_GUARD_BYTES, GUARD, np.uint8)])
        return self.run_all(kernel, case, {position: room}, room)[0]

    def run_all(
        self,
        kernel: Kernel,
        case: Case,
        memory: Mapping[int, NDArray[np.uint8]] | None = None,
        over: NDArray[np.uint8] | None = None,
    ) -> tuple[NDArray[np.generic], ...]:
        """Return all outputs of `kernel` for the layer and inputs of `case`.

        `memory` has buffers of inputs by position, such as a state. `over` is the buffer for the only output.
        """
        operator, tensors = operator_of(case), outputs_of(case)
        inputs, outputs = inputs_of(case), [_guarded(tensor.size_bytes) for tensor in tensors]
        for position, room in (memory or {}).items():
            inputs[position] = room
        outputs = outputs if over is None else [over]
        scratch = _guarded(scratch_bytes(kernel, case, {}))
        function = getattr(self.library, kernel.function)
        function.restype = None
        parameters = as_ctypes(operator.parameters(one_image(case.view)))
        for input_offsets, output_offsets in calls_of(case):
            function(
                ctypes.byref(parameters),
                *_arguments(inputs, input_offsets, operator.lists_inputs),
                *_arguments(outputs, output_offsets, operator.lists_outputs),
                _pointer(scratch),
            )
        rooms = [(f"output {position}", room) for position, room in enumerate(outputs)]
        for name, room in (*rooms, ("scratch", scratch)):
            assert (room[-_GUARD_BYTES:] == GUARD).all(), f"{kernel.name} writes behind its {name}"
        found = zip(outputs, tensors, strict=True)
        return tuple(room[:-_GUARD_BYTES].view(tensor.type).reshape(tensor.shape) for room, tensor in found)


def as_ctypes(struct: CStruct) -> ctypes.Structure:
    """Return the parameter struct in the layout of C, with fields in the order of the header."""
    fields: list[tuple[str, Any]] = []
    values: dict[str, object] = {}
    for name, value in struct.fields.items():
        if isinstance(value, CArray):
            item = _ITEMS[value.c_type]
            fields.append((name, ctypes.POINTER(item)))
            values[name] = (item * len(value.values))(*value.values)
        else:
            fields.append((name, ctypes.c_float if isinstance(value, float) else ctypes.c_int32))
            values[name] = value
    return type("Parameters", (ctypes.Structure,), {"_fields_": fields})(**values)


def _arguments(
    tensors: Sequence[NDArray[np.uint8] | None], offsets: Sequence[int], as_list: bool
) -> list[Any]:
    """Return a pointer for each tensor, or one pointer to an array of them."""
    pointers = list(map(_pointer, tensors, offsets))
    return [(ctypes.c_void_p * len(pointers))(*pointers)] if as_list else pointers


def _pointer(data: NDArray[np.uint8] | None, offset: int = 0) -> ctypes.c_void_p:
    return ctypes.c_void_p(None if data is None else data.ctypes.data + offset)


def _guarded(count: int) -> NDArray[np.uint8]:
    return np.full(count + _GUARD_BYTES, GUARD, np.uint8)


def require_same(case: Case, expected: NDArray[np.generic], *sets: tuple[KernelFolder, HostLibrary]) -> None:
    """Require that each kernel of `sets` that can run the layer gives `expected`, and that there is one."""
    runs = [
        (kernel, library)
        for folder, library in sets
        for kernel in kernels_of(case, folder.kernels)
        if admits(kernel, case)
    ]
    assert runs
    for kernel, library in runs:
        assert_same(library.run(kernel, case), expected, kernel.max_ulps)
