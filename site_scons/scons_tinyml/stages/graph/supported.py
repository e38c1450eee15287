"""Table of operators with their supported types and kernels, made by calling the operators.

Each operator is called with layers whose `typed_input` has the type in question, for all combinations of
types of the last input (such as a bias), the other inputs, and the output.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import get_args

from scons_tinyml.records.generators import Listed
from scons_tinyml.stages.graph.families.base import Operator
from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView, Tensor, TensorType
from scons_tinyml.stages.graph.operators import find_operator, known_operators

TYPES: tuple[TensorType, ...] = get_args(TensorType)

Computation = tuple[str, str]
"""Operator name and type in kernel declarations."""


@dataclass(frozen=True)
class Support:
    """An operator with values of `type`. `kernels` has names by set, empty when no kernel is called."""

    operator: str
    type: TensorType
    computations: tuple[Computation, ...]
    kernels: Mapping[str, tuple[str, ...]]
    layout_only: bool


def supported(sets: Mapping[str, Sequence[Listed]]) -> tuple[Support, ...]:
    """Return every operator with every type that it can run on with `sets`, ordered by name.

    `type` is that of its `typed_input`.
    """
    rows = (_support(name, type_name, sets) for name in known_operators() for type_name in TYPES)
    return tuple(row for row in rows if row.layout_only or any(row.kernels.values()))


def unused(sets: Mapping[str, Sequence[Listed]]) -> tuple[str, ...]:
    """Return names of kernels that no operator calls."""
    called = {computation for row in supported(sets) for computation in row.computations}
    kernels = (kernel for found in sets.values() for kernel in found)
    return tuple(kernel.name for kernel in kernels if (kernel.operator, kernel.type) not in called)


def _support(name: str, type_name: TensorType, sets: Mapping[str, Sequence[Listed]]) -> Support:
    operator = find_operator(name)
    assert operator is not None, f"{name} has a file"
    computations = tuple(dict.fromkeys(_computations(operator, type_name)))
    wanted = () if operator.layout_only else computations
    kernels = {
        set_name: tuple(
            kernel.name.partition("/")[2] for kernel in found if (kernel.operator, kernel.type) in wanted
        )
        for set_name, found in sets.items()
    }
    return Support(name, type_name, computations, kernels, bool(operator.layout_only and computations))


def _computations(operator: Operator, type_name: TensorType) -> Iterator[Computation]:
    if type_name not in getattr(operator, "types", TYPES):
        return
    for types in dict.fromkeys(_types(operator, type_name, *others) for others in product(TYPES, repeat=3)):
        view = _layer(operator, types)
        try:
            number_type = operator.number_type(view)
            if number_type is not None:
                yield operator.computation(view), number_type
                yield from ((other, number_type) for other in operator.other_computations)
        except LookupError:
            continue


def _types(
    operator: Operator, typed: TensorType, between: TensorType, last: TensorType, result: TensorType
) -> tuple[TensorType, ...]:
    """Return the types of the inputs and of the output."""
    count = 2 if operator.lists_inputs else max(1, len(operator.input_names))
    types = [*[between] * (count - 1), last]
    types[operator.typed_input] = typed
    return (*types, result)


def _layer(operator: Operator, types: Sequence[TensorType]) -> LayerView:
    count = len(types) - 1
    tensors = tuple(_tensor(operator, index, found) for index, found in enumerate(types))
    layer = Layer(0, "", operator.name, tuple(range(count)), (count,), {})
    return LayerView(Graph("", tensors, (layer,), (0,), (count,)), layer)


def _tensor(operator: Operator, index: int, type_name: TensorType) -> Tensor:
    """Return a tensor of one value, a constant of 0 for folded inputs."""
    tensor = Tensor(index, "", (1, 1, 1, 1), type_name)
    return replace(tensor, data=bytes(tensor.size_bytes)) if index in operator.folded_inputs else tensor
