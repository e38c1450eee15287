"""The arguments of functions that follow `kernels/include/tinyml`: parameters, inputs, outputs, scratch."""

from __future__ import annotations

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.graph.families.base import Operator
from scons_tinyml.stages.graph.ir import LayerView, Tensor
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.lowering.implementation import (
    Absent,
    Address,
    Argument,
    ConstantData,
    Input,
    Listed,
    Output,
    Parameters,
    Scratch,
)
from scons_tinyml.stages.lowering.literals import C_TYPES


def standard_arguments(view: LayerView) -> tuple[Argument, ...]:
    """Return the arguments of every declared kernel of the layer; constants have the network's layout."""
    operator = known_operator(view)
    inputs: tuple[Address, ...] = tuple(
        _address(tensor, role, position) for position, role, tensor in passed_inputs(view)
    )
    outputs = tuple(Output(position) for position in range(len(view.layer.outputs)))
    return (
        Parameters(operator.parameters(view)),
        *((Listed("inputs", "const void *const", inputs),) if operator.lists_inputs else inputs),
        *((Listed("outputs", "void *const", outputs),) if operator.lists_outputs else outputs),
        Scratch(),
    )


def passed_inputs(view: LayerView) -> tuple[tuple[int, str, Tensor | None], ...]:
    """Return position, role and tensor of each input that kernels get; None for absent optional inputs."""
    operator = known_operator(view)
    roles = operator.input_names
    count = max(len(roles), len(view.layer.inputs))
    folded = operator.folded(view)
    passed = (position for position in range(count) if position not in folded)
    return tuple(
        (
            position,
            roles[position] if position < len(roles) else f"input_{position}",
            view.optional_input(position),
        )
        for position in passed
    )


def tensor_data(tensor: Tensor, role: str) -> ConstantData:
    """Return the constant `tensor` in the network's layout."""
    comment = f"{tensor.type} {shape_text(tensor.shape)}, '{tensor.name}'"
    return ConstantData(role, C_TYPES[tensor.type], tensor.data or b"", comment)


def known_operator(view: LayerView) -> Operator:
    """Return the operator of a layer that passed the graph's checks.

    Raises InternalError for other layers.
    """
    operator = find_operator(view.layer.operator)
    if operator is None:
        raise InternalError(f"layer {view.layer.index}: operator {view.layer.operator} reached lowering")
    return operator


def shape_text(shape: tuple[int, ...]) -> str:
    """Return `shape` as text: '1x49x10x1'; a single number has the shape 'scalar'."""
    return "x".join(map(str, shape)) or "scalar"


def _address(tensor: Tensor | None, role: str, position: int) -> Address:
    if tensor is None:
        return Absent()
    return tensor_data(tensor, role) if tensor.is_constant else Input(position)
