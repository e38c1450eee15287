"""SELECT_V2: values of the second input where the first one is true, else values of the third."""

from __future__ import annotations

from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.elementwise.broadcast import (
    BroadcastAxis,
    axes,
    axis_attributes,
    axis_fields,
    check_broadcast,
)
from scons_tinyml.stages.graph.families.quantization.scales import check_alike, check_quantization
from scons_tinyml.stages.graph.families.tensors import check_counts
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView, Tensor, TensorType

_NAMES = ("condition", "input_1", "input_2")


class SelectV2(Operator):
    """All inputs broadcast to the output. Bytes are copied, so all are quantized alike."""

    name = "SELECT_V2"
    input_names = _NAMES
    typed_input = 1
    types: ClassVar[tuple[TensorType, ...]] = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")
    litert_types = ("uint8", "int32", "int64", "bool")

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names)
        if problems:
            return problems
        condition, *values = _inputs(view)
        named = {"input 1": values[0], "input 2": values[1], "output": view.output()}
        types = {tensor.type for tensor in named.values()}
        if condition.type != "bool" or len(types) > 1 or not types <= {*self.types}:
            found = (
                f"{condition.type}, {values[0].type}, {values[1].type} and the output {view.output().type}"
            )
            return [f"inputs are {found}, expected bool and three times one of {', '.join(self.types)}"]
        quantized = [
            problem for role, tensor in named.items() for problem in check_quantization(tensor, role)
        ]
        return [*_check_shapes(view), *quantized] or check_alike(named)

    def number_type(self, view: LayerView) -> NumberType | None:  # noqa: ARG002
        """Return 'any', as nothing is computed."""
        return "any"

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the bytes of a value, number of results, and the broadcasting of the inputs."""
        return {**_sizes(view), **axis_attributes(_axes(view), _NAMES)}

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_select_v2_any_params`."""
        return CStruct("tinyml_select_v2_any_params", {**_sizes(view), **axis_fields(_axes(view), _NAMES)})


def _inputs(view: LayerView) -> list[Tensor]:
    return [view.input(place) for place in range(len(_NAMES))]


def _axes(view: LayerView) -> tuple[BroadcastAxis, ...]:
    return axes(_inputs(view), view.output())


def _sizes(view: LayerView) -> dict[str, int]:
    return {"element_bytes": ITEM_BYTES[view.output().type], "output_size": view.output().elements}


def _check_shapes(view: LayerView) -> list[str]:
    """Return a problem when the output's rank differs from the largest input rank, as in the oracle."""
    rank, output = max(len(tensor.shape) for tensor in _inputs(view)), view.output()
    if len(output.shape) != rank:
        return [f"output has the shape {list(output.shape)}, expected {rank} dimensions"]
    return check_broadcast(_inputs(view), output)


OPERATOR = SelectV2()
