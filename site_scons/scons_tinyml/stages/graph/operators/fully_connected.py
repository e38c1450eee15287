"""FULLY_CONNECTED: rows of the input times a filter [outputs, inputs], bias per output."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray, CStruct, Operator
from scons_tinyml.stages.graph.families.quantization.activation import check_activation
from scons_tinyml.stages.graph.families.tensors import check_counts, check_rank
from scons_tinyml.stages.graph.families.windows import weights
from scons_tinyml.stages.graph.ir import LayerView


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

    @staticmethod
    def _check_shapes(view: LayerView) -> list[str]:
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
        return [*weights.check_bias(view, outputs), *weights.check_scales(view, 0, outputs)]

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
        fields: dict[str, int | float | CArray] = {**self._geometry(view), **weights.value_fields(view)}
        if number_type != "float32":
            fields["per_channel"] = int(weights.per_channel(view))
            fields |= weights.multiplier_fields(weights.channel_multipliers(view))
        return CStruct(f"tinyml_fully_connected_{number_type}_params", fields)

    @staticmethod
    def _geometry(view: LayerView) -> dict[str, int]:
        outputs, inputs = view.input(1).shape
        return {"rows": view.input(0).elements // inputs, "input_size": inputs, "output_size": outputs}


OPERATOR = FullyConnected()
