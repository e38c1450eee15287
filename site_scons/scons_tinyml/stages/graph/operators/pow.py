"""POW: the first tensor to the power of the second."""

from __future__ import annotations

from scons_tinyml.stages.graph.families.elementwise.binary import Binary, check_repeated
from scons_tinyml.stages.graph.ir import LayerView


class Pow(Binary):
    """Rounded as the C library does.

    int32 is not supported: LiteRT refuses negative exponents, and C does not define its results beyond 32
    bits.
    """

    name = "POW"
    types = ("float32",)
    litert_types = ("float32",)

    def _check_values(self, view: LayerView) -> list[str]:
        return check_repeated(view)


OPERATOR = Pow()
