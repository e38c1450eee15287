"""UNIDIRECTIONAL_SEQUENCE_LSTM: four gates, a cell and an output that are remembered; float32, without extras.

Peepholes, projection, layer normalization and coupled gates, which TensorFlow Lite Micro does not have, are refused.
"""

from __future__ import annotations

from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.tensors import check_rank, check_shape
from scons_tinyml.stages.graph.ir import LayerView

_GATES = ("input", "forget", "cell", "output")
_EXTRAS = (9, 10, 11, 16, 17, 20, 21, 22, 23)
_REQUIRED = tuple(position for position in range(20) if position not in _EXTRAS)
_HIDDEN, _CELL = 18, 19


class UnidirectionalSequenceLstm(Operator):
    """One sequence: batch 1, steps in the order of time."""

    name = "UNIDIRECTIONAL_SEQUENCE_LSTM"
    types = ("float32",)
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

    def check(self, view: LayerView) -> list[str]:
        """Problems of the layer."""
        names = self.input_names
        missing = [n for n in _REQUIRED if view.optional_input(n) is None]
        extra = [n for n in _EXTRAS if view.optional_input(n) is not None]
        problems = [f"input {n} ({names[n]}) is missing" for n in missing]
        problems += [f"input {n} ({names[n]}) is there, which has no kernel" for n in extra]
        if len(view.layer.outputs) != 1:
            problems.append(f"has {len(view.layer.outputs)} outputs, expected 1")
        return problems or self._check_types(view) or self._check_shapes(view)

    def _check_types(self, view: LayerView) -> list[str]:
        tensors = [*((self.input_names[n], view.input(n)) for n in _REQUIRED), ("output", view.output())]
        problems = [f"{role} is {t.type}, expected float32" for role, t in tensors if t.type != "float32"]
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
        if 1 not in outer or not all((*outer, cells, size)):
            return [f"input has the shape {list(view.input(0).shape)}, expected one sequence of some values"]
        if outer[1 if view.options["time_major"] else 0] != 1:
            return [f"input has the shape {list(view.input(0).shape)}, expected batch 1"]
        expected = {0: (*outer, size), **dict.fromkeys(range(1, 5), (cells, size))}
        expected |= {**dict.fromkeys(range(5, 9), (cells, cells)), **dict.fromkeys(range(12, 16), (cells,))}
        expected |= {_HIDDEN: (1, cells), _CELL: (1, cells)}
        found = [check_shape(view.input(n), self.input_names[n], shape) for n, shape in expected.items()]
        return sum(found, check_shape(view.output(), "output", (*outer, cells)))

    def number_type(self, view: LayerView) -> NumberType | None:  # noqa: ARG002
        """What `check` lets through."""
        return "float32"

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Steps and sizes."""
        cells, size = view.input(1).shape
        return {"steps": view.input(0).elements // size, "input_size": size, "cells": cells}

    def macs(self, view: LayerView) -> int:
        """Every step multiplies eight matrices, and each cell three times."""
        found = self.attributes(view)
        cells = found["cells"]
        return found["steps"] * cells * (4 * (found["input_size"] + cells) + 3)

    def parameters(self, view: LayerView) -> CStruct:
        """`tinyml_unidirectional_sequence_lstm_float32_params`."""
        fields = {**self.attributes(view), "cell_clip": view.option_float("cell_clip")}
        return CStruct("tinyml_unidirectional_sequence_lstm_float32_params", fields)


OPERATOR = UnidirectionalSequenceLstm()
