"""State between inferences in files: resource variables, and tensors that are marked as variable.

A resource variable has a name. VAR_HANDLE makes a handle of it, READ_VARIABLE and ASSIGN_VARIABLE copy its
value out and in, and CALL_ONCE names a subgraph that assigns initial values. In the graph a variable is one
tensor with a `state`, in place of its first handle; handles and the call are removed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scons_tinyml.stages.graph.ir import Layer, Tensor

WITHOUT_OUTPUT = ("CALL_ONCE", "ASSIGN_VARIABLE")
_GONE = ("CALL_ONCE", "VAR_HANDLE")


@dataclass(frozen=True)
class Variable:
    """Identity of a variable, shared by all of its handles."""

    container: str
    name: str


class Variables:
    """Variables of a subgraph with the layers `found`, and its layers without handles.

    `initial` has constants by variable; TensorFlow Lite Micro starts other variables with zeros.
    """

    def __init__(self, found: Sequence[Layer], initial: Mapping[Variable, Tensor]) -> None:
        self.initial = initial
        handles = _handles(found)
        first: dict[Variable, int] = {}
        for index, variable in handles.items():
            first.setdefault(variable, index)
        place = {index: first[variable] for index, variable in handles.items()}
        self.states = {index: variable for variable, index in first.items()}
        """Variable by the index of its state tensor."""
        kept = [_with_state(layer, place) for layer in found if layer.operator not in _GONE]
        self.layers = tuple(
            replace(layer, index=index, name=f"{layer.operator.lower()}_{index}")
            for index, layer in enumerate(kept)
        )

        self._read: dict[int, list[int]] = defaultdict(list)
        self._assigned: dict[int, list[int]] = defaultdict(list)
        for layer in self.layers:
            source, target = (*layer.inputs, None)[0], (*layer.outputs, None)[0]
            if source in self.states and target is not None:
                self._read[source].append(target)
            if target in self.states and source is not None:
                self._assigned[target].append(source)

    def values(self, state: int) -> list[int]:
        """Return tensors that the variable at `state` is read into or assigned from."""
        return self._read[state] + self._assigned[state]


def called_once(layer: Layer) -> int | None:
    """Return the subgraph that the layer calls before the first inference, None for other layers."""
    number = layer.options.get("init_subgraph_index") if layer.operator == "CALL_ONCE" else None
    return number if isinstance(number, int) else None


def assignments(layers: Sequence[Layer]) -> Iterator[tuple[Variable, int]]:
    """Yield variables with the tensors that are assigned to them."""
    handles = _handles(layers)
    for layer in layers:
        handle, value = (*layer.inputs, None, None)[:2]
        if layer.operator == "ASSIGN_VARIABLE" and handle in handles and value is not None:
            yield handles[handle], value


def at_rest(tensor: Tensor) -> bytes:
    """Return the initial bytes of a tensor marked as variable, as in TensorFlow Lite Micro.

    Every byte of an int8 tensor is its zero point; all other bytes are 0.
    """
    zero_point = tensor.quantization.zero_points[0] if tensor.quantization and tensor.type == "int8" else 0
    return bytes([zero_point % 256]) * tensor.size_bytes


def _handles(layers: Sequence[Layer]) -> dict[int, Variable]:
    return {
        layer.outputs[0]: Variable(str(layer.options.get("container")), str(layer.options.get("shared_name")))
        for layer in layers
        if layer.operator == "VAR_HANDLE"
    }


def _with_state(layer: Layer, place: Mapping[int, int]) -> Layer:
    handle = layer.inputs[0] if layer.inputs else None
    if handle is None or handle not in place:
        return layer
    if layer.operator == "READ_VARIABLE":
        return replace(layer, inputs=(place[handle],))
    if layer.operator == "ASSIGN_VARIABLE":
        return replace(layer, inputs=layer.inputs[1:], outputs=(place[handle],))
    return layer
