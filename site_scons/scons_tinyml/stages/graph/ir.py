"""The typed graph: the representation of a network for all later stages.

A graph is a list of layers in execution order over numbered tensors. It holds no TensorFlow object and no
flatbuffer. It is read once (reader.py), rewritten (passes/), checked (checks.py) and stored as JSON beside
its constants (files.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Literal

TensorType = Literal[
    "int4", "int8", "uint8", "int16", "int32", "uint32", "int64", "uint64", "float32", "bool"
]

ITEM_BYTES: Mapping[str, int] = {
    "int8": 1,
    "uint8": 1,
    "bool": 1,
    "int16": 2,
    "int32": 4,
    "uint32": 4,
    "float32": 4,
    "int64": 8,
    "uint64": 8,
}
"""Bytes of a value, for types with whole bytes per value."""

INT4_PER_BYTE = 2
"""Constants of int4 are packed, the first value in the low half of a byte."""


STATE_MOVES = ("READ_VARIABLE", "ASSIGN_VARIABLE")
"""Operators that copy a state to an activation, and back."""


@dataclass(frozen=True)
class Quantization:
    """real = scale * (integer - zero_point), per tensor (one pair) or per channel along `axis`."""

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int = 0

    @property
    def per_channel(self) -> bool:
        """True when there is more than one scale."""
        return len(self.scales) > 1


@dataclass(frozen=True)
class Tensor:
    """A value of the network: constant when `data` (little-endian bytes, row-major) is not None."""

    index: int
    name: str
    shape: tuple[int, ...]
    type: TensorType
    quantization: Quantization | None = None
    data: bytes | None = field(default=None, repr=False)
    file_index: int = 0
    """Number of the tensor in its file, also used with the oracle."""
    file_channels: tuple[int, ...] | None = None
    """Positions on the last axis of the file's tensor that this one has, None for all of them."""
    state: bytes | None = field(default=None, repr=False)
    """Bytes before the first inference, if the tensor keeps its values between inferences."""
    file_rows: tuple[int, int] | None = None
    """First row of the file's image that this one has, and the one after the last; None for all of them."""
    part_of: int | None = None
    """Image whose place in the arena holds these rows; None for a tensor with a place of its own."""

    @property
    def elements(self) -> int:
        """Number of values."""
        return prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """Bytes in memory, dense."""
        if self.type == "int4":
            return -(-self.elements // INT4_PER_BYTE)
        return self.elements * ITEM_BYTES[self.type]

    @property
    def is_state(self) -> bool:
        """True when the tensor keeps its values between inferences, outside of the arena."""
        return self.state is not None

    @property
    def is_activation(self) -> bool:
        """True when the tensor is computed or given in every inference."""
        return not self.is_state and not self.is_constant

    @property
    def is_constant(self) -> bool:
        """True when its values are in the file."""
        return self.data is not None


OptionValue = int | float | bool | str | tuple[int, ...] | None


@dataclass(frozen=True)
class Layer:
    """One operator with its tensors (None where an optional input is absent) and builtin options.

    Option names and values follow the TensorFlow Lite schema in snake case: `stride_h`, `padding` ("SAME"),
    `fused_activation_function` ("RELU6").
    """

    index: int
    name: str
    operator: str
    inputs: tuple[int | None, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, OptionValue]


@dataclass(frozen=True)
class Graph:
    """A network. `tensors[i].index == i`; layers are in execution order with `layers[i].index == i`."""

    name: str
    tensors: tuple[Tensor, ...]
    layers: tuple[Layer, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    input_names: tuple[str, ...] = ()
    """Names of the inputs in the file's signature; empty when it has none."""
    output_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences on what passes changed since the file was read."""

    @property
    def has_state(self) -> bool:
        """True when a tensor keeps its values between inferences."""
        return any(tensor.is_state for tensor in self.tensors)

    @property
    def quantization(self) -> Literal["int8", "int16x8", "float"]:
        """Type of most layer outputs."""
        types = [self.tensors[index].type for layer in self.layers for index in layer.outputs]
        if types.count("int16") > max(types.count("int8"), types.count("float32")):
            return "int16x8"
        return "int8" if types.count("int8") >= types.count("float32") else "float"

    def holder(self, index: int) -> Tensor:
        """Return the tensor with a place of its own that holds the activation `index`: often that one itself."""
        tensor = self.tensors[index]
        return tensor if tensor.part_of is None else self.tensors[tensor.part_of]

    def offset_bytes(self, index: int) -> int:
        """Return the distance of the activation `index` from the start of the place that holds it."""
        tensor, holder = self.tensors[index], self.holder(index)
        if tensor.file_rows is None or tensor.part_of is None:
            return 0
        above = tensor.file_rows[0] - (holder.file_rows[0] if holder.file_rows else 0)
        return above * (tensor.size_bytes // tensor.shape[1])

    def view(self, layer: Layer) -> LayerView:
        """Return `layer` together with its tensors."""
        return LayerView(self, layer)

    def views(self) -> Iterator[LayerView]:
        """Yield all layers in execution order."""
        return (LayerView(self, layer) for layer in self.layers)

    def only(self, layer: Layer) -> Graph:
        """Return the network of this one layer: its activations are the inputs and outputs; names are kept.

        A state that the layer only copies is an activation too.
        """
        used = [index for index in (*layer.inputs, *layer.outputs) if index is not None]
        position = {index: place for place, index in enumerate(dict.fromkeys(used))}
        tensors = tuple(replace(self.tensors[old], index=new, part_of=None) for old, new in position.items())
        if layer.operator in STATE_MOVES:
            tensors = tuple(replace(tensor, state=None) for tensor in tensors)
        alone = replace(
            layer,
            index=0,
            inputs=tuple(None if index is None else position[index] for index in layer.inputs),
            outputs=tuple(position[index] for index in layer.outputs),
        )
        activations = dict.fromkeys(i for i in alone.inputs if i is not None and tensors[i].is_activation)
        return Graph(self.name, tensors, (alone,), tuple(activations), alone.outputs)


@dataclass(frozen=True)
class LayerView:
    """A layer with its graph; gives access to its tensors by position."""

    graph: Graph
    layer: Layer

    @property
    def options(self) -> Mapping[str, OptionValue]:
        """Builtin options of the layer."""
        return self.layer.options

    def optional_input(self, position: int) -> Tensor | None:
        """Return the input tensor at `position`, None when it is absent."""
        inputs = self.layer.inputs
        index = inputs[position] if position < len(inputs) else None
        return None if index is None else self.graph.tensors[index]

    def input(self, position: int) -> Tensor:
        """Return the input tensor at `position`, which must be present."""
        tensor = self.optional_input(position)
        if tensor is None:
            raise LookupError(f"layer {self.layer.index} ({self.layer.operator}) has no input {position}")
        return tensor

    def output(self, position: int = 0) -> Tensor:
        """Return the output tensor at `position`."""
        return self.graph.tensors[self.layer.outputs[position]]

    def option_int(self, name: str) -> int:
        """Return an integer option."""
        value = self.options[name]
        if not isinstance(value, int):
            raise LookupError(f"layer {self.layer.index}: option {name} is {value!r}, not an integer")
        return value

    def option_float(self, name: str) -> float:
        """Return an option that is a real number."""
        value = self.options[name]
        if not isinstance(value, (int, float)):
            raise LookupError(f"layer {self.layer.index}: option {name} is {value!r}, not a number")
        return float(value)

    def option_text(self, name: str) -> str:
        """Return an option that is an enum value by name, such as padding."""
        value = self.options[name]
        if not isinstance(value, str):
            raise LookupError(f"layer {self.layer.index}: option {name} is {value!r}, not a name")
        return value

    def option_integers(self, name: str) -> tuple[int, ...]:
        """Return an option that is a list of whole numbers."""
        value = self.options[name]
        if not isinstance(value, tuple):
            raise LookupError(f"layer {self.layer.index}: option {name} is {value!r}, not a list")
        return value


def with_layers(graph: Graph, layers: Sequence[Layer]) -> Graph:
    """Return `graph` with only `layers`, and without tensors that became unused."""
    used = {index for layer in layers for index in (*layer.inputs, *layer.outputs)}
    used |= {*graph.inputs, *graph.outputs}
    used |= {graph.holder(index).index for index in used if index is not None}
    tensors = tuple(tensor for tensor in graph.tensors if tensor.index in used)
    counted = tuple(replace(layer, index=index) for index, layer in enumerate(layers))
    return renumbered(replace(graph, tensors=tensors, layers=counted))


def renumbered(graph: Graph) -> Graph:
    """Return `graph` with its used tensors numbered from 0; files may hold unused tensors."""
    place = {tensor.index: position for position, tensor in enumerate(graph.tensors)}

    def moved(indices: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(place[index] for index in indices)

    def placed(tensor: Tensor) -> Tensor:
        holder = None if tensor.part_of is None else place[tensor.part_of]
        return replace(tensor, index=place[tensor.index], part_of=holder)

    layers = (
        replace(
            layer,
            inputs=tuple(None if index is None else place[index] for index in layer.inputs),
            outputs=moved(layer.outputs),
        )
        for layer in graph.layers
    )
    return Graph(
        graph.name,
        tuple(map(placed, graph.tensors)),
        tuple(layers),
        moved(graph.inputs),
        moved(graph.outputs),
        graph.input_names,
        graph.output_names,
    )
