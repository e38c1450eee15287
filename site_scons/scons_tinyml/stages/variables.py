"""Variables of a network that is run in segments: its reads and assignments only copy, so that no oracle is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from scons_tinyml.stages.graph.tflite.model import indices, listed, operator_name, present
from scons_tinyml.stages.graph.tflite.schema import enum_names

if TYPE_CHECKING:
    from scons_tinyml.stages.oracle_child import Array

MOVES = ("VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE")
"""Operators that only name variables, or copy their values."""

_Name = tuple[str, str]


class Variables:
    """The variables of a valid `ModelT`, with their initial values until `run` has assigned others.

    Those that no subgraph initializes begin with 0.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._handles = _handles(model, model.subgraphs[0])
        self._initial = {
            name: value for graph in _called_once(model) for name, value in _assigned(model, graph)
        }
        self._values: dict[_Name, Array] = {}

    def reset(self) -> None:
        """Return to the initial values."""
        self._values.clear()

    def run(self, operators: Sequence[Any], values: MutableMapping[int, Array]) -> None:
        """Run reads and assignments. `values` has activations by tensor number; reads add to it."""
        for one in operators:
            name = operator_name(self._model, one)
            if name == "READ_VARIABLE":
                (handle,), (output,) = present(one.inputs), present(one.outputs)
                values[output] = self._read(self._handles[handle], output)
            elif name == "ASSIGN_VARIABLE":
                handle, source = present(one.inputs)
                found = values[source] if source in values else _constant(self._model, self._tensors[source])
                self._values[self._handles[handle]] = found

    @property
    def _tensors(self) -> Sequence[Any]:
        found: Sequence[Any] = self._model.subgraphs[0].tensors
        return found

    def _read(self, name: _Name, output: int) -> Array:
        import numpy as np

        table = self._tensors[output]
        found = self._values.get(name, self._initial.get(name))
        return np.zeros(_shape(table), _type(table)) if found is None else found.reshape(_shape(table))


def _called_once(model: Any) -> Iterator[Any]:
    for one in model.subgraphs[0].operators:
        if operator_name(model, one) == "CALL_ONCE":
            yield model.subgraphs[one.builtinOptions.initSubgraphIndex]


def _assigned(model: Any, graph: Any) -> Iterator[tuple[_Name, Array]]:
    handles = _handles(model, graph)
    for one in graph.operators:
        if operator_name(model, one) == "ASSIGN_VARIABLE":
            handle, source = present(one.inputs)
            yield handles[handle], _constant(model, graph.tensors[source])


def _handles(model: Any, graph: Any) -> Mapping[int, _Name]:
    """Return the variable of each handle, by tensor number."""
    return {
        indices(one.outputs)[0]: (_text(one.builtinOptions.container), _text(one.builtinOptions.sharedName))
        for one in graph.operators
        if operator_name(model, one) == "VAR_HANDLE"
    }


def _constant(model: Any, table: Any) -> Array:
    import numpy as np

    data = bytes(model.buffers[table.buffer].data)
    return np.frombuffer(data, _type(table)).reshape(_shape(table))


def _shape(table: Any) -> tuple[int, ...]:
    return tuple(map(int, listed(table.shape)))


def _type(table: Any) -> str:
    return enum_names("TensorType")[table.type].lower()


def _text(found: bytes | str | None) -> str:
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else found or ""
