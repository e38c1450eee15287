"""SVDF: filters over the input and over time. The state keeps the first filters' results for the last inputs.

The state of int8 networks is int8, or int16 with int16 weights over time. The computation for int16 is
SVDF_STATE16.
"""

from __future__ import annotations

from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.activation import range_fields
from scons_tinyml.stages.graph.families.quantization.scales import (
    FixedPoint,
    check_quantization,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tensors import check_counts, check_rank, check_shape
from scons_tinyml.stages.graph.ir import LayerView, TensorType

_TYPES: dict[tuple[TensorType, TensorType], tuple[TensorType, ...]] = {
    ("float32", "float32"): ("float32", "float32", "float32", "float32", "float32", "float32"),
    ("int8", "int8"): ("int8", "int8", "int8", "int32", "int8", "int8"),
    ("int8", "int16"): ("int8", "int8", "int16", "int32", "int16", "int8"),
}
"""Types of the inputs and of the output, by types of the input and the state."""


_MOST_BIAS_ERROR = 1e-5
"""Largest error of the bias scale that TensorFlow Lite Micro accepts."""


class Svdf(Operator):
    """`filters` rows of weights; `rank` of them give an output.

    TensorFlow Lite Micro crashes without a bias.
    """

    name = "SVDF"
    types = ("float32", "int8")
    input_names: ClassVar[tuple[str, ...]] = ("input", "feature_weights", "time_weights", "bias", "state")

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        return check_counts(view, self.input_names) or self._check_types(view) or _check_shapes(view)

    def _check_types(self, view: LayerView) -> list[str]:
        state = view.input(4)
        if not state.is_state:
            return ["state is not marked as variable"]
        expected = _TYPES.get((view.input(0).type, state.type))
        if expected is None:
            return [f"input is {view.input(0).type} and state {state.type}, for which there is no kernel"]
        tensors = [*map(view.input, range(5)), view.output()]
        problems = []
        for role, tensor, wanted in zip((*self.input_names, "output"), tensors, expected, strict=True):
            if tensor.type != wanted:
                problems.append(f"{role} is {tensor.type}, expected {wanted}")
            elif role != "bias":
                problems += check_quantization(tensor, role, ("int8", "int16"))
        return problems or _check_activation(view) or _check_factors(view)

    def computation(self, view: LayerView) -> str:
        """Return SVDF_STATE16 for a state of int16, else SVDF."""
        return "SVDF_STATE16" if view.input(4).type == "int16" else "SVDF"

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the input."""
        return "float32" if view.input(0).type == "float32" else "int8"

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the sizes of the matrices, and a flag of a state whose zero point is 0."""
        state = view.input(4).quantization
        return {**_geometry(view), "symmetric_state": int(state is None or not any(state.zero_points))}

    def macs(self, view: LayerView) -> int:
        """Every filter sums over the input and over time."""
        found = _geometry(view)
        return found["batches"] * found["filters"] * (found["input_size"] + found["memory"])

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_svdf_<type>_params`."""
        geometry = _geometry(view)
        if view.input(0).type == "float32":
            return CStruct("tinyml_svdf_float32_params", {**geometry, **range_fields(view)})
        features, outputs = map(quantize_multiplier, _factors(view))
        offsets = {
            "input_offset": -zero_point(view.input(0)),
            "state_offset": -zero_point(view.input(4)),
            "output_offset": zero_point(view.output()),
        }
        fields = {**geometry, **offsets, **_fixed("feature", features), **_fixed("output", outputs)}
        return CStruct("tinyml_svdf_int8_params", fields)


def _fixed(role: str, factor: FixedPoint) -> dict[str, int]:
    return {f"{role}_multiplier": factor.multiplier, f"{role}_shift": factor.shift}


def _factors(view: LayerView) -> tuple[float, float]:
    """Return the factors from sums over the input to the state, and from sums over time to the output."""
    source, features, times, state, target = (
        scale(tensor) for tensor in (*map(view.input, (0, 1, 2, 4)), view.output())
    )
    return source * features / state, state * times / target


def _check_factors(view: LayerView) -> list[str]:
    if view.input(0).type == "float32":
        return []
    product = scale(view.input(4)) * scale(view.input(2))
    if view.input(3).quantization is None or abs(scale(view.input(3)) - product) > _MOST_BIAS_ERROR:
        return [f"bias is not in units of state scale times time scale, {product:.6g}"]
    wrong = [factor for factor in _factors(view) if not 2.0**-31 < factor < 2.0**30]
    return [f"scales differ by a factor of {wrong[0]:.3g}"] if wrong else []


def _check_activation(view: LayerView) -> list[str]:
    """Return a problem with an unsupported activation.

    RELU of integers needs no clamp: the zero point is the least integer.
    """
    name, integer = view.option_text("fused_activation_function"), view.input(0).type == "int8"
    allowed = ("RELU",) if integer else ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
    return (
        [] if name in allowed else [f"fused_activation_function is {name}, expected {' or '.join(allowed)}"]
    )


def _check_shapes(view: LayerView) -> list[str]:
    source, features, times = map(view.input, range(3))
    problems = [*check_rank(source, "input", 2), *check_rank(features, "feature_weights", 2)]
    problems += check_rank(times, "time_weights", 2)
    if problems:
        return problems
    (batches, size), filters, memory, rank = (
        source.shape,
        features.shape[0],
        times.shape[1],
        view.option_int("rank"),
    )
    if rank < 1 or not filters or filters % rank:
        return [f"rank {rank} does not divide {filters} filters"]
    if not min(batches, size, memory):
        return ["a size is 0"]
    return [
        *check_shape(features, "feature_weights", (filters, size)),
        *check_shape(times, "time_weights", (filters, memory)),
        *check_shape(view.input(4), "state", (batches, filters * memory)),
        *check_shape(view.input(3), "bias", (filters // rank,)),
        *check_shape(view.output(), "output", (batches, filters // rank)),
    ]


def _geometry(view: LayerView) -> dict[str, int]:
    (batches, size), (filters, memory) = view.input(0).shape, view.input(2).shape
    return {
        "batches": batches,
        "input_size": size,
        "filters": filters,
        "rank": view.option_int("rank"),
        "memory": memory,
    }


OPERATOR = Svdf()
