"""The C sources of a network: header, one call per layer, and the weights as constant arrays.

There is no interpreter and no heap. A layer's parameters are in its parameter struct, and the memory plan
gives the place of its tensors in the arena. Equal inputs give the same text, byte by byte.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.codegen.constants import ConstantPool, struct_fields
from scons_tinyml.stages.codegen.generated import generated_functions
from scons_tinyml.stages.codegen.names import SHARED_ARENA, c_identifier, port_names
from scons_tinyml.stages.graph.ir import Graph, LayerView, Tensor
from scons_tinyml.stages.lowering.arguments import shape_text, tensor_data
from scons_tinyml.stages.lowering.implementation import (
    Address,
    Argument,
    ConstantData,
    DeclaredCode,
    EachImage,
    Implementation,
    Input,
    Listed,
    Output,
    Parameters,
    Scratch,
)
from scons_tinyml.stages.lowering.literals import C_TYPES, c_float, c_number
from scons_tinyml.stages.plan.lifetimes import alias_source
from scons_tinyml.stages.plan.memory import MemoryPlan, layers_in_place
from scons_tinyml.stages.plan.state import state_bytes, state_offsets
from scons_tinyml.stages.templates import render

ALIGNMENT_BYTES = 16
"""Alignment of the arena and of every constant array: four words, the most that a core loads at once."""

_FUNCTIONS: Mapping[str, Callable[..., str]] = {
    "number": c_number,
    "c_float": c_float,
}


@dataclass(frozen=True)
class Buffer:
    """An input or output of the network as its users see it."""

    name: str
    direction: str
    tensor: Tensor
    offset: int

    @property
    def c_type(self) -> str:
        """Type of an element."""
        return C_TYPES[self.tensor.type]


@dataclass(frozen=True)
class Pointers:
    """An array of pointers to tensors of a layer, for kernels that take any number of them."""

    name: str
    c_type: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """The C of a layer: a parameter struct and a call, or a comment when nothing runs."""

    comment: str
    function: str = ""
    params_name: str = ""
    params_type: str = ""
    fields: Mapping[str, int | float | str] | None = None
    arguments: tuple[str, ...] = ()
    images: int = 1
    """Number of calls, one for each image."""
    pointers: tuple[Pointers, ...] = ()


@dataclass(frozen=True)
class Shared:
    """C names that several networks of one image share: prefixes of constants and kernels, and the arena."""

    constants: str
    kernels: str
    arena: str


def sharing_arena(name: str) -> Shared:
    """Return the C names of the network `name` whose arena is that of all networks: the rest is its own."""
    prefix = c_identifier(name)
    return Shared(prefix, f"{prefix}_kernels", SHARED_ARENA)


@dataclass(frozen=True)
class Places:
    """Addresses of tensors: activations and scratch are in the arena, state is in an array of its own."""

    plan: MemoryPlan
    arena: str
    state: str
    state_offsets: Mapping[int, int]
    in_place: Collection[int]
    """Layers whose output overwrites an input."""

    def address(self, tensor: Tensor, const: str = "") -> str:
        """Return the C expression of the address of an activation or a state."""
        start = self.state if tensor.is_state else self.arena
        offset = (self.state_offsets if tensor.is_state else self.plan.offsets)[tensor.index]
        return f"({const}{C_TYPES[tensor.type]} *)({start} + {offset})"

    def scratch(self, layer: int) -> str:
        """Return the C expression of the address of a layer's scratch, NULL when it has none."""
        offset = self.plan.scratch_offsets.get(layer)
        return "NULL" if offset is None else f"{self.arena} + {offset}"


@dataclass(frozen=True)
class FirstState:
    """Content of a part of the state before the first inference: a repeated `byte`, or an array."""

    comment: str
    offset: int
    size_bytes: int
    byte: int
    array: str | None


def generate(
    graph: Graph,
    plan: MemoryPlan,
    implementations: Mapping[int, Implementation],
    name: str,
    shared: Shared | None = None,
) -> dict[str, str]:
    """Return the text of each generated file by its name.

    `implementations` holds the function that runs each layer, by layer index. It lacks layers whose output
    replaces the input at the same place. Files and functions are named after `c_identifier(name)`. Constants
    and generated kernels are named after `shared`, if given; its arena is defined elsewhere. Names change no
    instruction.
    """
    prefix = c_identifier(name)
    constants = shared.constants if shared else prefix
    kernels = shared.kernels if shared else f"{prefix}_kernels"
    arena = shared.arena if shared else f"{prefix}_arena"
    pool = ConstantPool(constants)
    places = Places(plan, arena, f"{prefix}_state", state_offsets(graph), layers_in_place(graph, plan))
    calls = [_call(view, places, implementations.get(view.layer.index), pool) for view in graph.views()]
    codes = sorted({item.function: item.code for item in implementations.values()}.items())
    declared = [code for _, code in codes if isinstance(code, DeclaredCode)]
    values = {
        "title": name,
        "prefix": prefix,
        "constants_prefix": constants,
        "constants_title": name if constants == prefix else constants,
        "arena": arena,
        "arena_is_shared": shared is not None,
        "arena_bytes": plan.arena_bytes,
        "alignment_bytes": ALIGNMENT_BYTES,
        "buffers": [*_buffers(graph, plan, "input"), *_buffers(graph, plan, "output")],
        "calls": calls,
        "state": places.state,
        "state_bytes": state_bytes(graph),
        "first_states": _first_states(graph, places, pool),
        "headers": sorted({code.header for code in declared}),
        "declarations": [code.declaration for code in declared],
        "has_generated": bool(generated_functions(implementations.values())),
        "kernels_prefix": kernels,
        "constants": pool.arrays,
    }
    templates = {
        f"{prefix}.h": "network.h.j2",
        f"{prefix}.c": "network.c.j2",
        f"{constants}_weights.h": "weights.h.j2",
        f"{constants}_weights.c": "weights.c.j2",
    }
    texts = {file: render(__package__, template, values, _FUNCTIONS) for file, template in templates.items()}
    return texts | kernel_texts(kernels, implementations.values(), weak=True)


def kernel_texts(
    prefix: str, implementations: Iterable[Implementation], *, weak: bool = False
) -> dict[str, str]:
    """Return header and source, named after `prefix`, of the generated functions in `implementations`.

    Generators name functions after their content, so that networks in one image may have the same: `weak` ones are
    linked once. Only the source says so: a caller that knew it would not have its library searched for them. Raises
    InternalError for two functions of one name with different text.
    """
    values = {"prefix": prefix, "generated": generated_functions(implementations), "weak": weak}
    return {f"{prefix}.{suffix}": render(__package__, f"kernels.{suffix}.j2", values) for suffix in "hc"}


def _first_states(graph: Graph, places: Places, pool: ConstantPool) -> list[FirstState]:
    found: list[FirstState] = []
    for index, offset in places.state_offsets.items():
        tensor = graph.tensors[index]
        first = tensor.state or b""
        same = len(set(first)) == 1
        array = (
            None
            if same
            else pool.add(tensor_data(replace(tensor, data=first), "state"), f"state_{len(found)}")
        )
        comment = f"{tensor.name}: {tensor.type} {shape_text(tensor.shape)}"
        found.append(FirstState(comment, offset, tensor.size_bytes, first[0] if same else 0, array))
    return found


def _buffers(graph: Graph, plan: MemoryPlan, direction: str) -> list[Buffer]:
    inputs = direction == "input"
    indices = graph.inputs if inputs else graph.outputs
    names = port_names(direction, len(indices), graph.input_names if inputs else graph.output_names)
    return [
        Buffer(name, direction, graph.tensors[index], plan.offsets[index])
        for name, index in zip(names, indices, strict=True)
    ]


def _call(view: LayerView, places: Places, found: Implementation | None, pool: ConstantPool) -> Call:
    layer = view.layer
    if (found is None) != (alias_source(view.graph, layer) is not None):
        problem = (
            "has no kernel" if found is None else f"has the kernel {found.name} although nothing is to run"
        )
        raise InternalError(f"layer {layer.index} ({layer.operator}) {problem}")
    if found is None:
        return Call(f"{_summary(view)}: the same bytes in the same place")
    writer = _ArgumentWriter(view, places, pool)
    arguments = tuple(writer.text(argument) for argument in found.arguments)
    over = ", over its input" if layer.index in places.in_place else ""
    images = f", for each of {found.images} images" if found.images > 1 else ""
    struct = next((item.struct for item in found.arguments if isinstance(item, Parameters)), None)
    return Call(
        comment=f"{_summary(view)}: {found.name}{over}{images}",
        function=found.function,
        params_name=f"{layer.name}_params",
        params_type=struct.c_type if struct else "",
        fields=struct_fields(pool, layer.name, struct) if struct else None,
        arguments=arguments,
        images=found.images,
        pointers=tuple(writer.pointers),
    )


class _ArgumentWriter:
    """Writes the arguments of a call as C; arrays of constants go into the pool."""

    def __init__(self, view: LayerView, places: Places, pool: ConstantPool) -> None:
        self._view = view
        self._places = places
        self._pool = pool
        self.pointers: list[Pointers] = []

    def text(self, argument: Argument) -> str:
        """Return the expression of `argument`."""
        if isinstance(argument, Parameters):
            return f"&{self._view.layer.name}_params"
        if isinstance(argument, Scratch):
            return self._places.scratch(self._view.layer.index)
        if isinstance(argument, Listed):
            addresses = tuple(self._address(item) for item in argument.addresses)
            self.pointers.append(
                Pointers(f"{self._view.layer.name}_{argument.role}", argument.c_type, addresses)
            )
            return self.pointers[-1].name
        return self._address(argument)

    def _address(self, address: Address) -> str:
        if isinstance(address, Input):
            tensor = self._tensor(address)
            return self._places.address(tensor, "" if tensor.is_state else "const ")
        if isinstance(address, Output):
            return self._places.address(self._tensor(address))
        if isinstance(address, EachImage):
            step = self._tensor(address.address).elements // address.images
            return f"{self._address(address.address)} + image * {step}"
        if isinstance(address, ConstantData):
            return self._pool.add(address, f"{self._view.layer.name}_{address.role}")
        return "NULL"

    def _tensor(self, address: Input | Output) -> Tensor:
        if isinstance(address, Input):
            return self._view.input(address.position)
        return self._view.output(address.position)


def _summary(view: LayerView) -> str:
    """Describe a layer: 'Layer 0: CONV_2D, int8 1x49x10x1, int8 64x10x4x1, int32 64 -> int8 1x25x5x64'."""
    layer = view.layer
    inputs = [_tensor_text(view.graph.tensors[index]) for index in layer.inputs if index is not None]
    outputs = [_tensor_text(view.graph.tensors[index]) for index in layer.outputs]
    return f"Layer {layer.index}: {layer.operator}, {', '.join(inputs)} -> {', '.join(outputs)}"


def _tensor_text(tensor: Tensor) -> str:
    return f"{tensor.type} {shape_text(tensor.shape)}"
