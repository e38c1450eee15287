"""SUB: difference of two tensors, then a clamp."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.common_scale import Sum


class Sub(Sum):
    """Quantized values are subtracted in a common scale."""

    name = "SUB"


OPERATOR = Sub()
