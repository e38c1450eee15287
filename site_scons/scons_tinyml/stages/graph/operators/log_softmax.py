"""LOG_SOFTMAX: x - log(sum of exp(x) over the last dimension) of each value."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct
from scons_tinyml.stages.graph.families.quantization.scales import (
    FixedPoint,
    check_quantization,
    hardly_varies,
    input_radius,
    quantize_multiplier,
    scale,
    zero_point,
)
from scons_tinyml.stages.graph.families.reducing.rows import (
    INTEGER_BITS,
    LARGEST_INT8_ROW,
    LARGEST_MULTIPLIER,
    Rows,
)
from scons_tinyml.stages.graph.families.tensors import check_shape, common_type
from scons_tinyml.stages.graph.ir import LayerView


class LogSoftmax(Rows):
    """Logarithms of probabilities; in int8 they are (value - 127) / 16."""

    name = "LOG_SOFTMAX"

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = self._check_rows(view)
        if problems:
            return problems
        problems = [
            *check_shape(view.output(), "output", view.input(0).shape),
            *check_quantization(view.input(0), "input"),
            *check_quantization(view.output(), "output"),
        ]
        return problems or (self._check_scales(view) if self.number_type(view) == "int8" else [])

    @staticmethod
    def _check_scales(view: LayerView) -> list[str]:
        problems = []
        found = (scale(view.output()), zero_point(view.output()))
        if found != (1 / 16, 127):
            problems.append(f"output has scale {found[0]!r} and zero point {found[1]}, expected 1/16 and 127")
        if view.input(0).shape[-1] > LARGEST_INT8_ROW:
            problems.append(
                f"rows have {view.input(0).shape[-1]} values; int8 sums at most {LARGEST_INT8_ROW}"
            )
        if _factor(view).shift <= 1:
            problems.append(hardly_varies(view.input(0)))
        return problems

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the kernels that can run the layer."""
        return common_type(view.input(0), view.output())

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_log_softmax_<type>_params`."""
        geometry = self.attributes(view)
        if self.number_type(view) == "float32":
            return CStruct("tinyml_log_softmax_float32_params", geometry)
        factor = _factor(view)
        inverse = quantize_multiplier(2.0 ** (31 - factor.shift) / factor.multiplier)
        fields = {
            **geometry,
            "input_multiplier": factor.multiplier,
            "input_left_shift": factor.shift,
            "difference_min": -input_radius(INTEGER_BITS, factor.shift),
            "inverse_multiplier": inverse.multiplier,
            "inverse_shift": inverse.shift,
        }
        return CStruct("tinyml_log_softmax_int8_params", fields)


def _factor(view: LayerView) -> FixedPoint:
    """Return the factor from the input to Q5.26."""
    return quantize_multiplier(min(scale(view.input(0)) * 2.0 ** (31 - INTEGER_BITS), LARGEST_MULTIPLIER))


OPERATOR = LogSoftmax()
