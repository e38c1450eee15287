"""BATCH_MATMUL: products of matrices in the last two dimensions of both inputs; the others broadcast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.elementwise.broadcast import (
    BroadcastAxis,
    axes,
    axis_attributes,
    axis_fields,
    check_broadcast,
)
from scons_tinyml.stages.graph.families.quantization.scales import (
    check_scaled,
    check_shift,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tensors import activation_type, check_counts
from scons_tinyml.stages.graph.ir import LayerView, Tensor

_RANKS = range(2, 6)
_INPUTS = ("input_1", "input_2")
_MOST_LEFT_SHIFTS = {"int8": 14, "int16": 7}
"""The product of two differences of int8 values takes 17 bits with its sign; sums of int16 products take 48."""


@dataclass(frozen=True)
class _Sizes:
    """One product: [rows][depth] times [depth][columns]."""

    rows: int
    depth: int
    other_depth: int
    columns: int


class BatchMatmul(Operator):
    """Either input may be constant, and either may hold transposed matrices."""

    name = "BATCH_MATMUL"
    input_names = _INPUTS

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names)
        tensors = () if problems else (view.input(0), view.input(1), view.output())
        for role, tensor in zip((*_INPUTS, "output"), tensors, strict=False):
            if len(tensor.shape) not in _RANKS or 0 in tensor.shape:
                problems.append(
                    f"{role} has the shape {list(tensor.shape)}, expected 2 to 5 dimensions of values"
                )
            problems += check_scaled(tensor, role)
        return problems or self._check_shapes(view) or self._check_scales(view)

    @staticmethod
    def _check_shapes(view: LayerView) -> list[str]:
        sizes = _sizes(view)
        if sizes.depth != sizes.other_depth:
            return [f"rows of input_1 have {sizes.depth} values, columns of input_2 {sizes.other_depth}"]
        rank = max(len(view.input(place).shape) for place in (0, 1))
        if view.output().shape[-2:] != (sizes.rows, sizes.columns) or len(view.output().shape) != rank:
            return [
                f"output has the shape {list(view.output().shape)}, expected {rank} dimensions that end with "
                f"{sizes.rows}, {sizes.columns}"
            ]
        return [f"batches: {problem}" for problem in check_broadcast(*_batches(view))]

    def _check_scales(self, view: LayerView) -> list[str]:
        most = _MOST_LEFT_SHIFTS.get(self.number_type(view) or "")
        return [] if most is None else check_shift(_factor(view), "output scale", most)

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return activation_type(view.input(0), view.input(1), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the sizes and flags; `symmetric_2` is 1 when the zero point of the second input is 0."""
        points = view.input(1).quantization
        symmetric = {"symmetric_2": int(points is None or not any(points.zero_points))}
        return {**_geometry(view), **symmetric, **axis_attributes(_axes(view), _INPUTS)}

    def macs(self, view: LayerView) -> int:
        """Every output value sums over the depth."""
        return view.output().elements * _sizes(view).depth

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_batch_matmul_<type>_params`."""
        geometry = {**_geometry(view), **axis_fields(_axes(view), _INPUTS)}
        number_type = self.number_type(view)
        if number_type == "float32":
            return CStruct("tinyml_batch_matmul_float32_params", geometry)
        fixed = quantize_multiplier(_factor(view))
        factor = {"multiplier": fixed.multiplier, "shift": fixed.shift}
        if number_type == "int16":
            return CStruct("tinyml_batch_matmul_int16_params", {**geometry, **factor})
        fields = {
            **geometry,
            "input_1_offset": -zero_point(view.input(0)),
            "input_2_offset": -zero_point(view.input(1)),
            "output_offset": zero_point(view.output()),
            **factor,
        }
        return CStruct("tinyml_batch_matmul_int8_params", fields)


def _transposed(view: LayerView) -> tuple[bool, bool]:
    return bool(view.options["adj_x"]), bool(view.options["adj_y"])


def _sizes(view: LayerView) -> _Sizes:
    first, second = (
        shape[-2:] if not swapped else shape[:-3:-1]
        for shape, swapped in zip((view.input(0).shape, view.input(1).shape), _transposed(view), strict=True)
    )
    return _Sizes(first[0], first[1], second[0], second[1])


def _batches(view: LayerView) -> tuple[Sequence[Tensor], Tensor]:
    """Return inputs and output with each matrix reduced to one value."""
    first, second, output = (
        replace(tensor, shape=tensor.shape[:-2]) for tensor in (view.input(0), view.input(1), view.output())
    )
    return (first, second), output


def _axes(view: LayerView) -> tuple[BroadcastAxis, ...]:
    return axes(*_batches(view))


def _geometry(view: LayerView) -> dict[str, int]:
    sizes, (first, second) = _sizes(view), _transposed(view)
    return {
        "rows": sizes.rows,
        "depth": sizes.depth,
        "columns": sizes.columns,
        "transposed_1": int(first),
        "transposed_2": int(second),
    }


def _factor(view: LayerView) -> float:
    """Return the factor from sums of products to the output."""
    return scale(view.input(0)) * scale(view.input(1)) / scale(view.output())


OPERATOR = BatchMatmul()
