"""FULLY_CONNECTED: rows of the input times a filter [outputs, inputs], bias per output."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray, CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.activation import check_activation
from scons_tinyml.stages.graph.families.tensors import check_counts, check_rank
from scons_tinyml.stages.graph.families.windows import weights
from scons_tinyml.stages.graph.ir import LayerView

_ASYMMETRIC = "FULLY_CONNECTED_ASYMMETRIC"


class FullyConnected(Operator):
    """Matrix product; the input is viewed as rows of as many values as the filter has columns."""

    name = "FULLY_CONNECTED"
    input_names = weights.INPUT_NAMES

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names, weights.REQUIRED)
        if problems:
            return problems
        problems = [*check_rank(view.input(1), "filter", 2), *check_activation(view)]
        if view.option_text("weights_format") != "DEFAULT":
            problems.append(f"weights_format is {view.option_text('weights_format')}, expected DEFAULT")
        return problems or self._check_shapes(view)

    def _check_shapes(self, view: LayerView) -> list[str]:
        outputs, inputs = view.input(1).shape
        elements = view.input(0).elements
        if elements == 0 or outputs == 0 or inputs == 0 or elements % inputs:
            return [f"input has {elements} values, expected rows of {inputs} for {outputs} outputs"]
        shape = view.output().shape
        if not shape or shape[-1] != outputs or view.output().elements != elements // inputs * outputs:
            return [
                f"output has the shape {list(shape)}, expected {elements // inputs} rows of {outputs} values"
            ]
        if view.input(1).type == "int4" and weights.per_channel(view):
            return ["filter is int4 with a scale for each output, expected one for all"]
        offset = self.number_type(view) == "int8" and not weights.per_channel(view)
        return [
            *weights.check_bias(view, outputs),
            *weights.check_scales(view, 0, outputs, offset=offset),
        ]

    def computation(self, view: LayerView) -> str:
        """Return FULLY_CONNECTED_ASYMMETRIC for a filter with a zero point, as old converters write it."""
        return _ASYMMETRIC if _filter_offset(view) else self.name

    @property
    def other_computations(self) -> tuple[str, ...]:
        """Name of the kernels that take a zero point of the filter."""
        return (_ASYMMETRIC,)

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return weights.number_type(view)

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return the size of the matrices and flags of the weights."""
        return {**self._geometry(view), **weights.flags(view)}

    def macs(self, view: LayerView) -> int:
        """Every output value sums over an input row."""
        return view.output().elements * view.input(1).shape[1]

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_fully_connected_<type>_params`."""
        number_type = self.number_type(view)
        if _filter_offset(view):
            return self._asymmetric(view)
        fields: dict[str, int | float | CArray] = {**self._geometry(view), **weights.value_fields(view)}
        if number_type != "float32":
            fields["per_channel"] = int(weights.per_channel(view))
            fields |= weights.multiplier_fields(weights.channel_multipliers(view))
        return CStruct(f"tinyml_fully_connected_{number_type}_params", fields)

    def _asymmetric(self, view: LayerView) -> CStruct:
        (factor,) = weights.channel_multipliers(view)
        fields: dict[str, int | float | CArray] = {
            **self._geometry(view),
            "filter_offset": _filter_offset(view),
            **weights.value_fields(view),
            "multiplier": factor.multiplier,
            "shift": factor.shift,
        }
        return CStruct("tinyml_fully_connected_asymmetric_int8_params", fields)

    @staticmethod
    def _geometry(view: LayerView) -> dict[str, int]:
        outputs, inputs = view.input(1).shape
        return {"rows": view.input(0).elements // inputs, "input_size": inputs, "output_size": outputs}


def _filter_offset(view: LayerView) -> int:
    """Return minus the zero point of the filter, 0 for a filter with a scale for each output."""
    taps = view.input(1)
    found = taps.quantization if taps.type == "int8" else None
    return 0 if found is None or found.per_channel else -found.zero_points[0]


OPERATOR = FullyConnected()
