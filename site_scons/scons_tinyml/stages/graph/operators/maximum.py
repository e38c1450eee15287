"""MAXIMUM: the larger one of two values."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.binary import WITH_INT64, Binary
from scons_tinyml.stages.graph.families.quantization.scales import check_alike
from scons_tinyml.stages.graph.ir import LayerView


class Maximum(Binary):
    """Quantized values are compared as integers, so all tensors must be quantized alike."""

    name = "MAXIMUM"
    types = WITH_INT64

    def _check_values(self, view: LayerView) -> list[str]:
        return check_alike({"input 1": view.input(0), "input 2": view.input(1), "output": view.output()})


OPERATOR = Maximum()
