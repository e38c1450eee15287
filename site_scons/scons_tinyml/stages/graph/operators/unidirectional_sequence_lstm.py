"""UNIDIRECTIONAL_SEQUENCE_LSTM: four gates, with cell and output as state, without extras.

Peepholes, projection, layer normalization and coupled gates, which TensorFlow Lite Micro lacks, are not
supported. int8 and int16 networks have weights of int8 and cells of int16. Files list scales of the gates'
sums as intermediates; they are not needed, as TensorFlow Lite Micro scales all sums to 2**-12.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import frexp
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray, CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.fixed_point import wrapped
from scons_tinyml.stages.graph.families.quantization.scales import (
    INT16_MAX,
    INT16_MIN,
    FixedPoint,
    check_quantization,
    check_same_quantization,
    check_scaled,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.tables.sigmoid import sigmoid_table
from scons_tinyml.stages.graph.families.tensors import (
    activation_type,
    check_integers,
    check_rank,
    check_shape,
    int8_values,
    integers,
)
from scons_tinyml.stages.graph.ir import LayerView, Tensor, TensorType

_GATES = ("input", "forget", "cell", "output")
_EXTRAS = (9, 10, 11, 16, 17, 20, 21, 22, 23)
_REQUIRED = tuple(position for position in range(20) if position not in _EXTRAS)
_INPUT_WEIGHTS, _RECURRENT_WEIGHTS, _BIASES = range(1, 5), range(5, 9), range(12, 16)
_WEIGHTS = range(1, 9)
_HIDDEN, _CELL = 18, 19

_SUM_SCALE = 2.0**-12
_GATE_SCALE = 2.0**-15
"""Scale of the results of the curves: Q0.15."""

_FRACTION_BITS = (-2, 30)
"""Least and most bits of fraction of the cell: 32 bits hold its shifted products."""

_MOST_FACTOR = {"int8": 2.0**30, "int16": 2.0**7}
"""Largest factor from products to sums: its shift fits 32 bits, for int16 64 bits."""


@dataclass(frozen=True)
class _Types:
    weights: TensorType
    bias: TensorType
    cell: TensorType


_TYPES: dict[TensorType, _Types] = {
    "float32": _Types("float32", "float32", "float32"),
    "int8": _Types("int8", "int32", "int16"),
    "int16": _Types("int8", "int64", "int16"),
}
"""Types of weights, bias and cell, by type of input, hidden state and output."""


class UnidirectionalSequenceLstm(Operator):
    """Sequences with time steps in order; each has its own state. Several have to lie one after another."""

    name = "UNIDIRECTIONAL_SEQUENCE_LSTM"
    types = ("float32", "int8", "int16")
    input_names: ClassVar[tuple[str, ...]] = (
        "input",
        *(f"input_to_{gate}_weights" for gate in _GATES),
        *(f"recurrent_to_{gate}_weights" for gate in _GATES),
        *(f"peephole_to_{gate}" for gate in ("input", "forget", "output")),
        *(f"{gate}_bias" for gate in _GATES),
        *("projection_weights", "projection_bias", "hidden_state", "cell_state"),
        *(f"{gate}_normalization" for gate in _GATES),
    )
    folded_inputs = _EXTRAS
    image_inputs = (0, _HIDDEN, _CELL)

    def folded(self, view: LayerView) -> tuple[int, ...]:
        """Return `folded_inputs` and, for int8, the biases, from which zero points are subtracted."""
        return (*_EXTRAS, *_BIASES) if view.input(0).type == "int8" else _EXTRAS

    def images(self, view: LayerView) -> int:
        """Return the number of sequences."""
        return view.input(0).shape[1 if view.options["time_major"] else 0]

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        names = self.input_names
        missing = [n for n in _REQUIRED if view.optional_input(n) is None]
        extra = [n for n in _EXTRAS if view.optional_input(n) is not None]
        problems = [f"input {n} ({names[n]}) is missing" for n in missing]
        problems += [f"input {n} ({names[n]}) is there, which has no kernel" for n in extra]
        if len(view.layer.outputs) != 1:
            problems.append(f"has {len(view.layer.outputs)} outputs, expected 1")
        problems = problems or self._check_types(view) or self._check_shapes(view)
        return problems if problems or view.input(0).type == "float32" else self._check_scales(view)

    def _check_types(self, view: LayerView) -> list[str]:
        kind = view.input(0).type
        if kind not in _TYPES:
            return [f"input is {kind}, for which there is no kernel"]
        types = _TYPES[kind]
        expected = {_HIDDEN: kind, _CELL: types.cell}
        expected |= {**dict.fromkeys(_WEIGHTS, types.weights), **dict.fromkeys(_BIASES, types.bias)}
        tensors = [(self.input_names[n], view.input(n), expected[n]) for n in sorted(expected)]
        tensors.append(("output", view.output(), kind))
        problems = [
            f"{role} is {t.type}, expected {wanted}" for role, t, wanted in tensors if t.type != wanted
        ]
        states = [n for n in (_HIDDEN, _CELL) if not view.input(n).is_state]
        problems += [f"{self.input_names[n]} is not marked as variable" for n in states]
        if view.option_text("fused_activation_function") != "TANH":
            found = view.option_text("fused_activation_function")
            problems.append(f"fused_activation_function is {found}, expected TANH")
        if view.option_float("proj_clip") > 0:
            problems.append("proj_clip is set, but there is no projection")
        return problems

    def _check_shapes(self, view: LayerView) -> list[str]:
        weights = view.input(1)
        problems = [*check_rank(view.input(0), "input", 3), *check_rank(weights, self.input_names[1], 2)]
        if problems:
            return problems
        cells, size = weights.shape
        outer = view.input(0).shape[:2]
        sequences = self.images(view)
        if not all((*outer, cells, size)):
            return [f"input has the shape {list(view.input(0).shape)}, which holds no value"]
        if sequences > 1 and view.options["time_major"]:
            return [
                f"input has the shape {list(view.input(0).shape)}, {sequences} sequences whose steps alternate; "
                "expected one, or time_major=False"
            ]
        expected = {0: (*outer, size), **dict.fromkeys(_INPUT_WEIGHTS, (cells, size))}
        expected |= {**dict.fromkeys(_RECURRENT_WEIGHTS, (cells, cells)), **dict.fromkeys(_BIASES, (cells,))}
        expected |= {_HIDDEN: (sequences, cells), _CELL: (sequences, cells)}
        found = [check_shape(view.input(n), self.input_names[n], shape) for n, shape in expected.items()]
        return sum(found, check_shape(view.output(), "output", (*outer, cells)))

    def _check_scales(self, view: LayerView) -> list[str]:
        hidden, names = view.input(_HIDDEN), self.input_names
        problems = [*check_scaled(view.input(0), "input"), *check_scaled(hidden, "hidden_state")]
        problems += [*check_scaled(view.output(), "output"), *check_scaled(view.input(_CELL), "cell_state")]
        for n in _WEIGHTS:
            problems += _check_weights(view.input(n), names[n])
        if view.input(0).type == "int8":
            constants = [(names[n], view.input(n)) for n in (*_WEIGHTS, *_BIASES)]
            problems += [p for role, t in constants for p in check_integers(t, role, ("int8", "int32"))]
        problems = problems or check_same_quantization(hidden, view.output(), "hidden_state and output")
        return problems or _check_cell(view.input(_CELL)) or _check_factors(view)

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the input, of a layer that `check` accepts."""
        return activation_type(view.input(0))

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the steps of all sequences, and sizes."""
        cells, size = view.input(1).shape
        return {"steps": view.input(0).elements // size, "input_size": size, "cells": cells}

    def macs(self, view: LayerView) -> int:
        """Every step multiplies eight matrices, and each cell three times."""
        found = self.attributes(view)
        cells = found["cells"]
        return found["steps"] * cells * (4 * (found["input_size"] + cells) + 3)

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_unidirectional_sequence_lstm_<type>_params`."""
        c_type = f"tinyml_unidirectional_sequence_lstm_{view.input(0).type}_params"
        sizes = self.attributes(view)
        if view.input(0).type == "float32":
            return CStruct(c_type, {**sizes, "cell_clip": view.option_float("cell_clip")})
        zero_points = _zero_point_fields(view) if view.input(0).type == "int8" else {}
        return CStruct(c_type, {**sizes, **_cell_fields(view), **_gate_fields(view), **zero_points})


def _check_weights(tensor: Tensor, role: str) -> list[str]:
    problems = check_quantization(tensor, role)
    if problems or zero_point(tensor) == 0:
        return problems
    return [f"{role} has the zero point {zero_point(tensor)}, expected 0"]


def _check_cell(cell: Tensor) -> list[str]:
    least, most = _FRACTION_BITS
    if frexp(scale(cell))[0] != frexp(1.0)[0]:
        return [f"cell_state has the scale {scale(cell)!r}, expected a power of two"]
    if not least <= _fraction_bits(cell) <= most:
        return [f"cell_state has the scale {scale(cell)!r}, expected one from 2**-{most} to 2**{-least}"]
    return []


def _check_factors(view: LayerView) -> list[str]:
    if _GATE_SCALE**2 / scale(view.output()) >= 1.0:
        return [f"output scale {scale(view.output())!r} is too small"]
    most = _MOST_FACTOR[view.input(0).type]
    factors = (*_factors(view, 0, _INPUT_WEIGHTS), *_factors(view, _HIDDEN, _RECURRENT_WEIGHTS))
    wrong = [factor for factor in factors if not 2.0**-31 < factor < most]
    return [f"scales of a gate's sums differ by a factor of {wrong[0]:.3g}"] if wrong else []


def _fraction_bits(cell: Tensor) -> int:
    return 1 - frexp(scale(cell))[1]


def _factors(view: LayerView, source: int, weights: range) -> list[float]:
    """Return factors from products of the input `source` and the weights of each gate to the gate's sum."""
    return [scale(view.input(source)) * scale(view.input(n)) / _SUM_SCALE for n in weights]


def _cell_fields(view: LayerView) -> dict[str, int]:
    cell, clip = view.input(_CELL), view.option_float("cell_clip")
    most = int(min(clip / scale(cell), INT16_MAX))
    hidden = quantize_multiplier(_GATE_SCALE**2 / scale(view.input(_HIDDEN)))
    return {
        "cell_fraction_bits": _fraction_bits(cell),
        "cell_min": -most if clip > 0 else INT16_MIN,
        "cell_max": most if clip > 0 else INT16_MAX,
        "hidden_multiplier": hidden.multiplier,
        "hidden_shift": hidden.shift,
    }


def _gate_fields(view: LayerView) -> dict[str, CArray]:
    fresh = list(map(quantize_multiplier, _factors(view, 0, _INPUT_WEIGHTS)))
    kept = list(map(quantize_multiplier, _factors(view, _HIDDEN, _RECURRENT_WEIGHTS)))
    return {**_arrays("input", fresh), **_arrays("recurrent", kept), "table": sigmoid_table()}


def _arrays(role: str, factors: list[FixedPoint]) -> dict[str, CArray]:
    return {
        f"{role}_multiplier": CArray("int32_t", tuple(factor.multiplier for factor in factors)),
        f"{role}_shift": CArray("int32_t", tuple(factor.shift for factor in factors)),
    }


def _zero_point_fields(view: LayerView) -> dict[str, int | CArray]:
    """Return biases minus the products of weights and zero points, as one array for all gates."""
    hidden = zero_point(view.input(_HIDDEN))
    biases = [integers(view.input(n)) for n in _BIASES]
    fresh = [
        wrapped(bias - zero_point(view.input(0)) * total)
        for n, values in zip(_INPUT_WEIGHTS, biases, strict=True)
        for bias, total in zip(values, _row_sums(view.input(n)), strict=True)
    ]
    kept = [wrapped(-hidden * total) for n in _RECURRENT_WEIGHTS for total in _row_sums(view.input(n))]
    return {
        "hidden_offset": hidden,
        "input_bias": CArray("int32_t", tuple(fresh)),
        "recurrent_bias": CArray("int32_t", tuple(kept)),
    }


def _row_sums(weights: Tensor) -> list[int]:
    values, (rows, columns) = int8_values(weights), weights.shape
    return [sum(values[row * columns : (row + 1) * columns]) for row in range(rows)]


OPERATOR = UnidirectionalSequenceLstm()
