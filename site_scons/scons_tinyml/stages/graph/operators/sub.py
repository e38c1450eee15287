"""SUB: difference of two tensors, then a clamp."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.common_scale import Addition


class Sub(Addition):
    """Quantized values are subtracted in a common scale."""

    name = "SUB"


OPERATOR = Sub()
