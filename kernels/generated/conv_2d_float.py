"""CONV_2D and FULLY_CONNECTED of float32: four channels by four pixels at a time, byte for byte the oracle's."""

from __future__ import annotations

from collections.abc import Iterator

from _float_convolution import ConvolutionWalk
from _float_layers import float_layer

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import Lowered, Refusal

TAKES = ("CONV_2D float32", "FULLY_CONNECTED float32")


class FloatConvolutions(Generator):
    """Sums are added up in the order of the definition, as many at a time as there are registers."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield functions for a CONV_2D or FULLY_CONNECTED layer, or a Refusal."""
        operator = known_operator(view)
        if (
            operator.computation(view) not in ("CONV_2D", "FULLY_CONNECTED")
            or operator.number_type(view) != "float32"
        ):
            return
        layer = float_layer(view, core)
        reason = layer if isinstance(layer, str) else layer.objection()
        if isinstance(layer, str) or reason is not None:
            yield Refusal("", reason or "")
            return
        if layer.made.groups > 1:
            yield Refusal("", "is for filters without groups")
            return
        yield ConvolutionWalk(layer, core, copies=False).implementation()
        copying = ConvolutionWalk(layer, core, copies=True)
        if copying.copied_bytes:
            yield copying.implementation()


GENERATOR = FloatConvolutions()
