"""Layers that compute the same in every inference are computed once, by LiteRT's reference kernels.

Exporters leave them: the shape of a tensor of fixed shape and what is done with it, zeros in the size of a state,
weights that are transposed or dequantized. What TensorFlow's converter folds itself is not there any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.stages.graph.ir import ITEM_BYTES
from scons_tinyml.stages.graph.plain.bounds import packed, unpacked
from scons_tinyml.stages.graph.plain.draft import Draft, elements, indices, present

if TYPE_CHECKING:
    from scons_tinyml.stages.oracle_child import Array

_MOST_BYTES = 2**24
"""Of a result: more than any device has room for."""

_NOT_THE_SAME = ("RANDOM_UNIFORM", "RANDOM_STANDARD_NORMAL", "MULTINOMIAL", "CUSTOM", "IF", "WHILE", "")


def fold(draft: Draft) -> str:
    """Put constants in the place of layers whose inputs are constants."""
    shapes = [operator for operator in draft.operators if _is_fixed_shape(draft, operator)]
    for operator in shapes:
        _set_shape(draft, operator)
    draft.drop(shapes)
    same = _constant_layers(draft)
    values = _computed(draft, same) if same else {}
    for index, value in values.items():
        draft.set_constant(index, value.tobytes())
    done = [operator for operator in same if set(indices(operator.outputs)) <= values.keys()]
    draft.drop(done)
    count = len(shapes) + len(done)
    return f"{count} layers that compute the same in every inference are computed already" if count else ""


def _is_fixed_shape(draft: Draft, operator: Any) -> bool:
    if draft.name(operator) != "SHAPE" or len(present(operator.inputs)) != 1 or _is_output(draft, operator):
        return False
    found = [draft.type(index) for index in indices(operator.outputs)]
    return found in (["INT32"], ["INT64"]) and min(draft.shape(present(operator.inputs)[0]), default=1) > 0


def _set_shape(draft: Draft, operator: Any) -> None:
    import numpy as np

    (made,) = indices(operator.outputs)
    shape = draft.shape(present(operator.inputs)[0])
    draft.set_constant(made, np.array(shape, f"<i{ITEM_BYTES[draft.type(made).lower()]}").tobytes())


def _constant_layers(draft: Draft) -> list[Any]:
    known = {index for index in range(len(draft.tensors)) if draft.constant(index) is not None}
    found = []
    for operator in draft.operators:
        read = set(present(operator.inputs))
        if (
            not read
            or not read <= known
            or draft.name(operator) in _NOT_THE_SAME
            or _is_output(draft, operator)
        ):
            continue
        if all(_is_small(draft, index) for index in indices(operator.outputs)):
            found.append(operator)
            known |= set(indices(operator.outputs))
    return found


def _is_output(draft: Draft, operator: Any) -> bool:
    return bool(set(indices(operator.outputs)) & set(indices(draft.model.subgraphs[0].outputs)))


def _is_small(draft: Draft, index: int) -> bool:
    size = ITEM_BYTES.get(draft.type(index).lower())
    shape = draft.shape(index)
    return size is not None and min(shape, default=1) > 0 and elements(shape) * size <= _MOST_BYTES


def _computed(draft: Draft, operators: list[Any]) -> dict[int, Array]:
    """What LiteRT computes; nothing where it refuses, so that checks of the network say what is wrong."""
    from scons_tinyml.stages.litert import run_litert

    made = list(dict.fromkeys(index for operator in operators for index in indices(operator.outputs)))
    alone = unpacked(packed(draft.model))
    place = {id(operator): number for number, operator in enumerate(draft.operators)}
    graph = alone.subgraphs[0]
    graph.operators = [graph.operators[place[id(operator)]] for operator in operators]
    graph.inputs, graph.outputs, alone.signatureDefs = [], made, None
    try:
        found = dict(zip(made, run_litert(packed(alone), []), strict=True))
    except UnsupportedError:
        return {}
    return {index: value for index, value in found.items() if _fits(draft, index, value)}


def _fits(draft: Draft, index: int, value: Array) -> bool:
    return value.shape == draft.shape(index) and value.dtype.name == draft.type(index).lower()
