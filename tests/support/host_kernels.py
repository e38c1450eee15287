"""Kernels compiled for this machine and called through ctypes, with guards around what they write."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from support.cases import Case
from scons_tinyml.records.expression import Expression
from scons_tinyml.records.kernel import Kernel, KernelSet, read_kernel_set
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.operators.base import CArray, CStruct, Operator

KERNELS = Path(__file__).parents[2] / "kernels"
WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Werror")

_GUARD_BYTES = 64
_GUARD = 0xA5
_HOST_FEATURES = {"dsp": 0, "mve": 0, "fpu": 1}


@dataclass(frozen=True)
class KernelFolder:
    """A kernel set with the folder that holds it, and the root of external sources if it needs any."""

    folder: Path
    external: Path | None = None

    @property
    def kernel_set(self) -> KernelSet:
        return read_kernel_set(self.folder)[0]

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        return read_kernel_set(self.folder)[1]

    @property
    def include_flags(self) -> list[str]:
        external = [f"-isystem{self.external / path}" for path in self.kernel_set.external_include if self.external]
        return [f"-I{KERNELS / 'include'}", *external]

    def sources(self, kernels: Sequence[Kernel]) -> list[Path]:
        """All C files of `kernels`, each once."""
        ours = {self.folder / source for kernel in kernels for source in kernel.sources}
        theirs = {self.external / source for kernel in kernels for source in kernel.external_sources if self.external}
        return sorted(ours | theirs)


class HostLibrary:
    """All kernels of a set in one shared library."""

    def __init__(self, source: KernelFolder, build: Path) -> None:
        library = build / "kernels.so"
        flags = ["-shared", "-fPIC", "-ffp-contract=off", source.kernel_set.optimize, *WARNINGS]
        files = source.sources(source.kernels)
        subprocess.run(["gcc", *flags, *source.include_flags, *files, "-o", library, "-lm"], check=True)
        self._library = ctypes.CDLL(str(library))

    def run(self, kernel: Kernel, case: Case) -> NDArray[np.generic]:
        """Output of `kernel` for the layer and inputs of `case`."""
        operator = operator_of(case)
        output = case.view.output()
        result = np.zeros(output.shape, output.type)
        room, scratch = _guarded(result.nbytes), _guarded(scratch_bytes(kernel, operator, case))
        parameters = as_ctypes(operator.parameters(case.view))
        tensors = [*inputs_of(operator, case), room, scratch]
        function = getattr(self._library, kernel.function)
        function.restype = None
        function(ctypes.byref(parameters), *map(_pointer, tensors))
        assert (room[result.nbytes :] == _GUARD).all(), f"{kernel.name} writes behind its output"
        assert (scratch[-_GUARD_BYTES:] == _GUARD).all(), f"{kernel.name} writes behind its scratch"
        return room[: result.nbytes].view(output.type).reshape(output.shape)


def operator_of(case: Case) -> Operator:
    """The operator of the case's layer, which it finds valid."""
    operator = find_operator(case.view.layer.operator)
    assert operator is not None
    assert operator.check(case.view) == []
    return operator


def admits(kernel: Kernel, case: Case) -> bool:
    """The layer fulfils the constraints that `kernel` declares."""
    attributes = operator_of(case).attributes(case.view)
    return all(Expression(constraint.require).evaluate(attributes) for constraint in kernel.constraints)


def scratch_bytes(kernel: Kernel, operator: Operator, case: Case) -> int:
    """Scratch that `kernel` declares for the layer on this machine."""
    names = {**operator.attributes(case.view), **_HOST_FEATURES}
    return Expression(kernel.scratch_bytes).evaluate(names)


def inputs_of(operator: Operator, case: Case) -> list[NDArray[np.uint8] | None]:
    """Bytes of the input tensors in the order of the kernel's arguments: None for those that are absent."""
    given = dict(zip(case.graph.inputs, case.inputs, strict=True))
    passed = [n for n in range(len(operator.input_names)) if n not in operator.folded_inputs]
    inputs: list[NDArray[np.uint8] | None] = []
    for tensor in map(case.view.optional_input, passed):
        data = b"" if tensor is None else tensor.data or given[tensor.index].tobytes()
        inputs.append(None if tensor is None else np.frombuffer(data, np.uint8).copy())
    return inputs


def as_ctypes(struct: CStruct) -> ctypes.Structure:
    """The parameter struct as C lays it out: fields in the order of the header."""
    fields: list[tuple[str, type[ctypes._SimpleCData[float]] | type[ctypes._Pointer[ctypes.c_int32]]]] = []
    values: dict[str, object] = {}
    for name, value in struct.fields.items():
        if isinstance(value, CArray):
            fields.append((name, ctypes.POINTER(ctypes.c_int32)))
            values[name] = (ctypes.c_int32 * len(value.values))(*value.values)
        else:
            fields.append((name, ctypes.c_float if isinstance(value, float) else ctypes.c_int32))
            values[name] = value
    return type("Parameters", (ctypes.Structure,), {"_fields_": fields})(**values)


def _pointer(data: NDArray[np.uint8] | None) -> ctypes.c_void_p:
    return ctypes.c_void_p(None if data is None else data.ctypes.data)


def _guarded(count: int) -> NDArray[np.uint8]:
    return np.full(count + _GUARD_BYTES, _GUARD, np.uint8)
