"""GELU: x times the probability that a normal variable is below x."""

from __future__ import annotations

from math import pi, sqrt

from scons_tinyml.stages.graph.families.quantization.scales import round_to_float32
from scons_tinyml.stages.graph.families.tables.c_library import erfcf, tanhf
from scons_tinyml.stages.graph.families.tables.interpolation import Function
from scons_tinyml.stages.graph.families.tables.real_function import RealFunction
from scons_tinyml.stages.graph.ir import LayerView

_CUBIC = round_to_float32(0.044715)
_SQRT_HALF = round_to_float32(sqrt(0.5))
_SQRT_2_PI = round_to_float32(sqrt(2 / pi))


class Gelu(RealFunction):
    """Gaussian error linear unit. Only quantized values may use the formula with tanh (`approximate`).

    In float32 that formula subtracts nearly equal numbers: for inputs below -4, two libraries agree on no
    digit of the result, so there is no reference for a kernel.
    """

    name = "GELU"
    litert_types = ("int8", "int16", "float32")

    def _check_values(self, view: LayerView) -> list[str]:
        approximate = view.options["approximate"]
        if self.number_type(view) == "float32" and approximate:
            return ["approximate is set, which loses all digits in float32; convert with approximate=False"]
        return super()._check_values(view)

    def real_function(self, view: LayerView) -> Function:
        """Return one of the two formulas."""
        return _with_tanh if view.options["approximate"] else _exact


def _exact(x: float) -> float:
    single = round_to_float32
    return single(0.5 * x) * erfcf(single(-x * _SQRT_HALF))


def _with_tanh(x: float) -> float:
    single = round_to_float32
    cube = single(single(single(_CUBIC * x) * x) * x)
    return single(0.5 * x) * single(1 + tanhf(single(_SQRT_2_PI * single(x + cube))))


OPERATOR = Gelu()
