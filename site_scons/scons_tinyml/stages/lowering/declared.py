"""Kernels declared in TOML files: C functions for every layer of their operator, type and constraints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import get_args

from scons_tinyml.records.cores import Feature
from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.expression import Expression
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator, standard_arguments
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import (
    Argument,
    DeclaredCode,
    Implementation,
    Lowered,
    Refusal,
)


@dataclass(frozen=True)
class DeclaredKernels:
    """The provider of `kernels`, in their order."""

    kernels: Sequence[Kernel]

    def offers(self, view: LayerView, core: Core) -> tuple[()]:  # noqa: ARG002
        """Return nothing: a declared kernel has one schedule."""
        return ()

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield every kernel of the layer's computation, or a Refusal.

        Raises RecordError for a wrong declaration.
        """
        operator = known_operator(view)
        computation, number_type = operator.computation(view), operator.number_type(view)
        flags = {feature: int(feature in core.features) for feature in get_args(Feature)}
        names = {**operator.attributes(view), **flags} if number_type else {}
        arguments = cache(lambda: standard_arguments(view))
        for kernel in self.kernels:
            if kernel.operator == computation:
                reason = _objection(kernel, number_type, core, names)
                if reason is not None:
                    yield Refusal(kernel.name, reason)
                    continue
                scratch_bytes = _evaluate(kernel, "scratch_bytes", kernel.scratch_bytes, names)
                yield implementation_of(view, kernel, scratch_bytes, arguments())


def implementation_of(
    view: LayerView, kernel: Kernel, scratch_bytes: int = 0, arguments: tuple[Argument, ...] | None = None
) -> Implementation:
    """Return `kernel` on the layer of `view`, which it can run; None selects the standard arguments."""
    return Implementation(
        name=kernel.name,
        function=kernel.function,
        code=DeclaredCode(kernel),
        arguments=standard_arguments(view) if arguments is None else arguments,
        scratch_bytes=scratch_bytes,
        in_place=kernel.in_place,
        max_ulps=kernel.max_ulps,
    )


def _objection(kernel: Kernel, number_type: str | None, core: Core, names: Mapping[str, int]) -> str | None:
    """Return the reason why `kernel` cannot run a layer with the attributes `names`; None when it can."""
    if number_type is None:
        return f"is for {kernel.type}, the layer's tensors are not"
    if kernel.type != number_type:
        return f"is for {kernel.type}, the layer is {number_type}"
    missing = [feature for feature in kernel.requires if feature not in core.features]
    if missing:
        return f"needs {' and '.join(missing)}, which the core does not have"
    for position, constraint in enumerate(kernel.constraints):
        if not _evaluate(kernel, f"constraints.{position}.require", constraint.require, names):
            return constraint.reason
    return None


def _evaluate(kernel: Kernel, key: str, text: str, names: Mapping[str, int]) -> int:
    where = f"kernels/{kernel.name}.toml"
    try:
        value = Expression(text).evaluate(names)
    except ValueError as error:
        raise RecordError(str(error), where=where, key=key) from None
    if value < 0:
        raise RecordError(f"{text!r} is {value}, expected 0 or more", where=where, key=key)
    return value
