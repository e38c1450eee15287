"""DEPTHWISE_CONV_2D of float32: four channels of some neighbouring pixels at a time, byte for byte the oracle's."""

from __future__ import annotations

from collections.abc import Iterator

from _float_depthwise import DepthwiseWalk
from _float_layers import float_layer

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import Lowered, Refusal

TAKES = ("DEPTHWISE_CONV_2D float32",)


class FloatDepthwise(Generator):
    """Sums are added up in the order of the definition, as many at a time as there are registers."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield a function for a DEPTHWISE_CONV_2D layer, or a Refusal."""
        operator = known_operator(view)
        if operator.computation(view) != "DEPTHWISE_CONV_2D" or operator.number_type(view) != "float32":
            return
        layer = float_layer(view, core)
        if isinstance(layer, str):
            yield Refusal("", layer)
            return
        walk = DepthwiseWalk(layer, core, copies=False)
        reason = walk.objection()
        yield Refusal("", reason) if reason is not None else walk.implementation()


GENERATOR = FloatDepthwise()
