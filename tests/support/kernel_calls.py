"""Parts of a call of a kernel, on any machine: its sources, the operator of its layer, its arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.records.expression import Expression
from scons_tinyml.records.kernel import Kernel, KernelSet, read_kernel_set
from scons_tinyml.stages.graph.families.base import Operator
from scons_tinyml.stages.graph.ir import Tensor
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.lowering.arguments import passed_inputs
from scons_tinyml.stages.lowering.images import one_image
from support.cases import Case

KERNELS = Path(__file__).parents[2] / "kernels"
COMPILE = ("-std=c11", "-Wall", "-Wextra", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections")

GUARD = 0xA5
"""Filling of memory that a kernel must not write to."""


@dataclass(frozen=True)
class KernelFolder:
    """A kernel set with the folder that holds it, and the root of external sources if it needs any."""

    folder: Path
    external: Path | None = None

    @cached_property
    def declarations(self) -> tuple[KernelSet, tuple[Kernel, ...]]:
        return read_kernel_set(self.folder, self.external)

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        return self.declarations[1]

    @property
    def compile_flags(self) -> list[str]:
        """Flags for our sources and external ones, except for the core."""
        kernel_set = self.declarations[0]
        paths = [self.external / path for path in kernel_set.external_include] if self.external else []
        includes = [f"-I{path}" for path in (self.folder / "include", KERNELS / "include", *paths)]
        return [*COMPILE, kernel_set.optimize, *includes]

    def sources(self, kernels: Sequence[Kernel]) -> list[Path]:
        """All C files of `kernels`, each once: ours, which must compile without a warning, come first."""
        ours = {self.folder / source for kernel in kernels for source in kernel.sources}
        return [*sorted(ours), *self.external_sources(kernels)]

    def external_sources(self, kernels: Sequence[Kernel]) -> list[Path]:
        root = self.external
        return sorted({root / source for kernel in kernels for source in kernel.external_sources if root})


def operator_of(case: Case) -> Operator:
    """Return the operator of the case's layer, and assert that the layer is valid."""
    operator = find_operator(case.view.layer.operator)
    assert operator is not None
    assert operator.check(case.view) == []
    return operator


def kernels_of(case: Case, kernels: Sequence[Kernel]) -> list[Kernel]:
    """Return those of `kernels` with the computation and type of the layer, without a check of constraints."""
    operator = operator_of(case)
    wanted = (operator.computation(case.view), operator.number_type(case.view))
    return [kernel for kernel in kernels if (kernel.operator, kernel.type) == wanted]


def kernel_of(case: Case, kernels: Sequence[Kernel]) -> Kernel:
    """Return the one of `kernels` with the computation and type of the layer; there must be exactly one."""
    (found,) = kernels_of(case, kernels)
    return found


def admits(kernel: Kernel, case: Case, features: Mapping[str, int] = MappingProxyType({})) -> bool:
    """Return whether the layer fulfils the constraints that `kernel` declares, on a core with `features`."""
    names = _names(case, features)
    return all(Expression(constraint.require).evaluate(names) for constraint in kernel.constraints)


def scratch_bytes(kernel: Kernel, case: Case, features: Mapping[str, int]) -> int:
    """Return the bytes of scratch that `kernel` declares for the layer on a core with `features`."""
    return Expression(kernel.scratch_bytes).evaluate(_names(case, features))


def _names(case: Case, features: Mapping[str, int]) -> dict[str, int]:
    return {"dsp": 0, "mve": 0, "fpu": 0, **features, **operator_of(case).attributes(one_image(case.view))}


def inputs_of(case: Case) -> list[NDArray[np.uint8] | None]:
    """Return the bytes of the input tensors in the order of the kernel's arguments, None for absent ones."""
    given = dict(zip(case.graph.inputs, case.inputs, strict=True))
    inputs: list[NDArray[np.uint8] | None] = []
    for _, _, tensor in passed_inputs(case.view):
        data = b"" if tensor is None else tensor.data or tensor.state or given[tensor.index].tobytes()
        inputs.append(None if tensor is None else np.frombuffer(data, np.uint8).copy())
    return inputs


def calls_of(case: Case) -> list[tuple[list[int], list[int]]]:
    """Return for each call of a kernel, one per image, the offsets in bytes of its inputs and of its outputs."""
    operator, inputs = operator_of(case), passed_inputs(case.view)
    images = operator.images(case.view)
    steps = [
        tensor.size_bytes // images if tensor is not None and position in operator.image_inputs else 0
        for position, _, tensor in inputs
    ]
    output_steps = [tensor.size_bytes // images for tensor in outputs_of(case)]
    return [([n * step for step in steps], [n * step for step in output_steps]) for n in range(images)]


def outputs_of(case: Case) -> list[Tensor]:
    """Return the output tensors."""
    return [case.view.output(position) for position in range(len(case.view.layer.outputs))]
