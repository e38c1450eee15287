"""The C sources of a network: header, one call per layer, and the weights as constant arrays.

There is no interpreter and no heap: what a layer needs to know stands in its parameter struct, and where its
tensors lie in the arena was decided by the memory plan. The text depends on nothing else, to the byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from scons_tinyml.records.errors import InternalError
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.codegen.constants import (
    ConstantPool,
    comment_text,
    kernel_inputs,
    known_operator,
    shape_text,
    struct_fields,
)
from scons_tinyml.stages.codegen.literals import C_TYPES, c_float, c_number
from scons_tinyml.stages.codegen.names import c_identifier, port_names
from scons_tinyml.stages.graph.ir import Graph, LayerView, Tensor
from scons_tinyml.stages.plan.lifetimes import alias_source
from scons_tinyml.stages.plan.memory import MemoryPlan, layers_in_place
from scons_tinyml.stages.plan.state import state_bytes, state_offsets

ALIGNMENT_BYTES = 16
"""Of the arena and of every constant array: four words, the most that one load of a core asks for."""


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
    """An array of the tensors of a layer, for kernels that take as many as there are."""

    name: str
    c_type: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """What a layer becomes: a parameter struct and a call, or a comment when there is nothing to run."""

    comment: str
    kernel: Kernel | None = None
    params_name: str = ""
    params_type: str = ""
    fields: Mapping[str, int | float | str] | None = None
    arguments: tuple[str, ...] = ()
    pointers: tuple[Pointers, ...] = ()


@dataclass(frozen=True)
class Shared:
    """What several networks of one image have in common: the prefix of the arrays of constants, and the arena."""

    constants: str
    arena: str


@dataclass(frozen=True)
class Places:
    """Where tensors lie: activations and scratch in the arena, what is remembered in the state."""

    plan: MemoryPlan
    arena: str
    state: str
    state_offsets: Mapping[int, int]

    def address(self, tensor: Tensor, const: str = "") -> str:
        """C expression of the address of an activation or a state."""
        start = self.state if tensor.is_state else self.arena
        offset = (self.state_offsets if tensor.is_state else self.plan.offsets)[tensor.index]
        return f"({const}{C_TYPES[tensor.type]} *)({start} + {offset})"

    def scratch(self, layer: int) -> str:
        """The same of the scratch of a layer, NULL when it has none."""
        offset = self.plan.scratch_offsets.get(layer)
        return "NULL" if offset is None else f"{self.arena} + {offset}"


@dataclass(frozen=True)
class FirstState:
    """What a part of the state holds before the first inference: one byte again and again, or an array."""

    comment: str
    offset: int
    size_bytes: int
    byte: int
    array: str | None


def generate(
    graph: Graph,
    plan: MemoryPlan,
    kernels: Mapping[int, Kernel],
    name: str,
    shared: Shared | None = None,
) -> dict[str, str]:
    """Text of each generated file by its name.

    `kernels` holds the kernel of each layer by its index, except of layers whose output takes over the place
    of the input. Files and functions are named after `c_identifier(name)`, those of constants after what is
    `shared`; a shared arena is defined elsewhere. Both change names and no instruction.
    """
    prefix = c_identifier(name)
    constants = shared.constants if shared else prefix
    arena = shared.arena if shared else f"{prefix}_arena"
    pool = ConstantPool(constants)
    places = Places(plan, arena, f"{prefix}_state", state_offsets(graph))
    calls = [_call(view, places, kernels.get(view.layer.index), pool) for view in graph.views()]
    values = {
        "title": comment_text(name),
        "prefix": prefix,
        "constants_prefix": constants,
        "constants_title": comment_text(shared.constants if shared else name),
        "arena": arena,
        "arena_is_shared": shared is not None,
        "arena_bytes": plan.arena_bytes,
        "alignment_bytes": ALIGNMENT_BYTES,
        "buffers": [*_buffers(graph, plan, "input"), *_buffers(graph, plan, "output")],
        "calls": calls,
        "state": places.state,
        "state_bytes": state_bytes(graph),
        "first_states": _first_states(graph, places, pool),
        "kernels": sorted({call.kernel.function: call.kernel for call in calls if call.kernel}.items()),
        "constants": pool.arrays,
    }
    templates = {
        f"{prefix}.h": "network.h.j2",
        f"{prefix}.c": "network.c.j2",
        f"{constants}_weights.h": "weights.h.j2",
        f"{constants}_weights.c": "weights.c.j2",
    }
    return {file: _render(template, values) for file, template in templates.items()}


def _first_states(graph: Graph, places: Places, pool: ConstantPool) -> list[FirstState]:
    found: list[FirstState] = []
    for index, offset in places.state_offsets.items():
        tensor = graph.tensors[index]
        first = tensor.state or b""
        same = len(set(first)) == 1
        array = None if same else pool.tensor(replace(tensor, data=first), f"state_{len(found)}")
        comment = f"{comment_text(tensor.name)}: {tensor.type} {shape_text(tensor.shape)}"
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


def _call(view: LayerView, places: Places, kernel: Kernel | None, pool: ConstantPool) -> Call:
    layer = view.layer
    if (kernel is None) != (alias_source(view.graph, layer) is not None):
        problem = (
            "has no kernel" if kernel is None else f"has the kernel {kernel.name} although nothing is to run"
        )
        raise InternalError(f"layer {layer.index} ({layer.operator}) {problem}")
    if kernel is None:
        return Call(f"{_summary(view)}: the same bytes in the same place")
    operator = known_operator(view)
    struct = operator.parameters(view)
    inputs = tuple(_input(view, places, pool, role, tensor) for role, tensor in kernel_inputs(view))
    outputs = tuple(places.address(view.graph.tensors[index]) for index in layer.outputs)
    pointers = []
    if operator.lists_inputs:
        pointers.append(Pointers(f"{layer.name}_inputs", "const void *const", inputs))
        inputs = (pointers[-1].name,)
    if operator.lists_outputs:
        pointers.append(Pointers(f"{layer.name}_outputs", "void *const", outputs))
        outputs = (pointers[-1].name,)
    over = layer.index in layers_in_place(view.graph, places.plan)
    return Call(
        comment=f"{_summary(view)}: {kernel.name}{', over its input' if over else ''}",
        kernel=kernel,
        params_name=f"{layer.name}_params",
        params_type=struct.c_type,
        fields=struct_fields(pool, layer.name, struct),
        arguments=(f"&{layer.name}_params", *inputs, *outputs, places.scratch(layer.index)),
        pointers=tuple(pointers),
    )


def _input(view: LayerView, places: Places, pool: ConstantPool, role: str, tensor: Tensor | None) -> str:
    if tensor is None:
        return "NULL"
    if tensor.is_constant:
        return pool.tensor(tensor, f"{view.layer.name}_{role}")
    return places.address(tensor, "" if tensor.is_state else "const ")


def _summary(view: LayerView) -> str:
    """'Layer 0: CONV_2D, int8 1x49x10x1, int8 64x10x4x1, int32 64 -> int8 1x25x5x64'."""
    layer = view.layer
    inputs = [_tensor_text(view.graph.tensors[index]) for index in layer.inputs if index is not None]
    outputs = [_tensor_text(view.graph.tensors[index]) for index in layer.outputs]
    return f"Layer {layer.index}: {layer.operator}, {', '.join(inputs)} -> {', '.join(outputs)}"


def _tensor_text(tensor: Tensor) -> str:
    return f"{tensor.type} {shape_text(tensor.shape)}"


def _render(template: str, values: Mapping[str, Any]) -> str:
    from jinja2 import Environment, StrictUndefined

    source = files(__package__).joinpath("templates", template).read_text(encoding="utf-8")
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    environment.filters |= {
        "number": c_number,
        "c_float": c_float,
        "shape": shape_text,
        "comment": comment_text,
    }
    return environment.from_string(source).render(values).rstrip("\n") + "\n"
