"""Which declared kernels can run a layer, and why the others cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from scons_tinyml.records.cores import Feature
from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.expression import Expression
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.graph.ir import Graph, LayerView
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.plan.lifetimes import alias_source


@dataclass(frozen=True)
class Applicability:
    """A kernel of a layer's operator: `reason` says why it cannot run the layer, None that it can."""

    kernel: Kernel
    scratch_bytes: int
    reason: str | None


def candidates(
    graph: Graph, kernels: Sequence[Kernel], features: Iterable[Feature]
) -> dict[int, tuple[Applicability, ...]]:
    """By index of each layer that runs something: the kernels of its operator, in the order of `kernels`."""
    present = frozenset(features)
    return {
        view.layer.index: layer_candidates(view, kernels, present)
        for view in graph.views()
        if alias_source(graph, view.layer) is None
    }


def layer_candidates(
    view: LayerView, kernels: Iterable[Kernel], features: frozenset[Feature]
) -> tuple[Applicability, ...]:
    """The kernels of the layer's operator on a core with `features`. Raises RecordError for a wrong one."""
    operator = find_operator(view.layer.operator)
    if operator is None:
        return ()
    number_type = operator.number_type(view)
    flags = {feature: int(feature in features) for feature in get_args(Feature)}
    names = {**operator.attributes(view), **flags} if number_type else {}
    computation = operator.computation(view)
    return tuple(
        _judge(kernel, number_type, features, names) for kernel in kernels if kernel.operator == computation
    )


def _judge(
    kernel: Kernel, number_type: str | None, features: frozenset[Feature], names: Mapping[str, int]
) -> Applicability:
    if number_type is None:
        return Applicability(kernel, 0, f"is for {kernel.type}, the layer's tensors are not")
    if kernel.type != number_type:
        return Applicability(kernel, 0, f"is for {kernel.type}, the layer is {number_type}")
    missing = [feature for feature in kernel.requires if feature not in features]
    if missing:
        return Applicability(kernel, 0, f"needs {' and '.join(missing)}, which the core does not have")
    for position, constraint in enumerate(kernel.constraints):
        if not _evaluate(kernel, f"constraints.{position}.require", constraint.require, names):
            return Applicability(kernel, 0, constraint.reason)
    return Applicability(kernel, _evaluate(kernel, "scratch_bytes", kernel.scratch_bytes, names), None)


def _evaluate(kernel: Kernel, key: str, text: str, names: Mapping[str, int]) -> int:
    where = f"kernels/{kernel.name}.toml"
    try:
        value = Expression(text).evaluate(names)
    except (ValueError, ZeroDivisionError) as error:
        raise RecordError(str(error), where=where, key=key) from None
    if value < 0:
        raise RecordError(f"{text!r} is {value}, expected 0 or more", where=where, key=key)
    return value
