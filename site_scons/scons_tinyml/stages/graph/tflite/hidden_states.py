"""States inside of operators, which files do not name: each becomes a tensor, the last input of its layer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.records.network_limits import STATE_BYTES
from scons_tinyml.stages.graph.ir import Graph, Layer, Tensor
from scons_tinyml.stages.graph.operators import find_operator

NOT_IN_FILE = -1
"""`file_index` of a tensor that the file does not have."""


def with_hidden_states(graph: Graph, where: Path) -> Graph:
    """Return the `graph` of the file `where` with a state of zeros for each operator that keeps values.

    Layers are not checked yet: one without the needed options stays as it is, and its check reports it. Raises
    UnsupportedError for more bytes than the limit of states.
    """
    layers, tensors = list(graph.layers), list(graph.tensors)
    states_bytes = sum(tensor.size_bytes for tensor in tensors if tensor.is_state)
    for place, layer in enumerate(layers):
        state = _state(graph, layer, len(tensors))
        if state is not None:
            states_bytes += state.size_bytes
            STATE_BYTES.require(states_bytes, where=where, key=layer.name, error=UnsupportedError)
            tensors.append(replace(state, state=bytes(state.size_bytes)))
            layers[place] = replace(layer, inputs=(*layer.inputs, state.index))
    return replace(graph, tensors=tuple(tensors), layers=tuple(layers))


def _state(graph: Graph, layer: Layer, index: int) -> Tensor | None:
    """Return the hidden state of a layer as a tensor without values, None when it has none."""
    operator = find_operator(layer.operator)
    try:
        found = operator.hidden_state(graph.view(layer)) if operator else None
    except LookupError:
        return None
    if found is None:
        return None
    number_type, shape = found
    return Tensor(index, f"{layer.name}_state", shape, number_type, file_index=NOT_IN_FILE)
