"""The kind of code that a layer is, for the error band of its cycles."""

from __future__ import annotations

from scons_tinyml.records.code_kind import CodeKind
from scons_tinyml.stages.graph.ir import LayerView, Tensor
from scons_tinyml.stages.graph.operators import find_operator


def code_kind(view: LayerView, *, weights_in_ram: bool) -> CodeKind:
    """Return the kind of a layer's code, by its type of numbers, and by the place and use of its weights.

    A layer without weights, such as a pooling, is code with weights in flash: what it reads hardly matters.
    """
    operator = find_operator(view.layer.operator)
    number_type = operator.number_type(view) if operator else None
    if number_type == "float32" or (number_type in {None, "any"} and view.output().type == "float32"):
        return CodeKind.FLOAT
    weights = sum(tensor.elements for tensor in weight_tensors(view))
    if weights and weights_in_ram:
        return CodeKind.RAM
    macs = operator.macs(view) if operator else 0
    return CodeKind.READ_ONCE if 0 < macs <= weights else CodeKind.INTEGER


def weight_tensors(view: LayerView) -> list[Tensor]:
    """Return the constant tensors that the layer's kernel reads, without folded inputs."""
    operator = find_operator(view.layer.operator)
    folded = operator.folded(view) if operator else ()
    found = (view.optional_input(place) for place in range(len(view.layer.inputs)) if place not in folded)
    return [tensor for tensor in found if tensor is not None and tensor.is_constant]
