"""Parts of a network as files of their own, for an oracle that gets only these layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from scons_tinyml.stages.graph.tflite.model import indices, present
from scons_tinyml.stages.graph.tflite.objects import packed


def segment_of(model: Any, operators: Sequence[Any], inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
    """Return a file with only `operators` of `model`, a `ModelT`, and what they use: tensors, buffers, codes.

    `inputs` and `outputs` are tensor numbers of `model`. Many segments together are as large as the whole file.
    Interpreters refuse a file that lists an operator that they lack, even if no layer is of it.
    """
    tensors, buffers = model.subgraphs[0].tensors, model.buffers
    used = dict.fromkeys(
        index
        for one in operators
        for index in (*present(one.inputs), *present(one.outputs), *present(one.intermediates))
    )
    used |= dict.fromkeys((*inputs, *outputs))
    place = {index: position for position, index in enumerate(used)}
    numbers = dict.fromkeys([0, *(tensors[index].buffer for index in used)])
    held = {number: position for position, number in enumerate(numbers)}
    codes = {
        code: position for position, code in enumerate(dict.fromkeys(one.opcodeIndex for one in operators))
    }
    segment, graph = copy(model), copy(model.subgraphs[0])
    graph.tensors = [_with(tensors[index], buffer=held[tensors[index].buffer]) for index in used]
    graph.operators = [
        _with(
            one,
            opcodeIndex=codes[one.opcodeIndex],
            inputs=_placed(place, one.inputs),
            outputs=_placed(place, one.outputs),
            intermediates=_placed(place, one.intermediates),
        )
        for one in operators
    ]
    graph.inputs, graph.outputs = _placed(place, inputs), _placed(place, outputs)
    segment.subgraphs, segment.buffers = [graph], [buffers[number] for number in held]
    segment.operatorCodes = [model.operatorCodes[code] for code in codes]
    segment.signatureDefs = segment.metadata = segment.metadataBuffer = None
    return packed(segment)


def _placed(place: Mapping[int, int], found: Sequence[int] | None) -> list[int]:
    """Return tensor numbers in a segment; absent inputs stay absent."""
    return [place.get(index, index) for index in indices(found)]


def _with(table: Any, **fields: Any) -> Any:
    """Return a copy of a table with other values of `fields`."""
    found = copy(table)
    vars(found).update(fields)
    return found


def between(model: Any, inputs: Sequence[int], outputs: Sequence[int]) -> list[int]:
    """Return the positions of the operators of `model` that make the tensors `outputs` of the tensors `inputs`.

    One layer of a graph may be several operators of its file.
    """
    operators = model.subgraphs[0].operators
    maker = {int(index): place for place, one in enumerate(operators) for index in one.outputs}
    found: set[int] = set()
    waiting = [index for index in outputs if index not in inputs]
    while waiting:
        place = maker.get(waiting.pop())
        if place is not None and place not in found:
            found.add(place)
            waiting += [index for index in present(operators[place].inputs) if index not in inputs]
    return sorted(found)
