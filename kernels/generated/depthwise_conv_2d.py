"""DEPTHWISE_CONV_2D of int8: any filter, strides, padding, dilation and depth multiplier."""

from __future__ import annotations

from collections.abc import Iterator

from _depthwise import Depthwise
from _held import HeldSchedule, held_routine
from _streamed import StreamedSchedule, streamed_routine
from _scaled import scaled_sums
from _walk import walks
from _weighted import weighted_layer

from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.generators import Generator
from scons_tinyml.stages.lowering.implementation import (
    Implementation,
    Input,
    Lowered,
    Output,
    Refusal,
    Scratch,
)
import os
from dataclasses import replace

class DepthwiseConv2D(Generator):
    """One channel at a time is copied into scratch."""

    def lower(self, view: LayerView, core: Core) -> Iterator[Lowered]:
        """Yield functions for a DEPTHWISE_CONV_2D layer, or a Refusal."""
        operator = known_operator(view)
        if operator.computation(view) != "DEPTHWISE_CONV_2D":
            return
        layer = weighted_layer(view, core)
        if isinstance(layer, str):
            yield Refusal("", layer)
            return
        sums = scaled_sums(layer)
        if isinstance(sums, str):
            yield Refusal("", sums)
            return
        attributes = operator.attributes(view)
        fpu = "fpu" in core.features
        for name, walk in zip(("rows", "columns"), walks(attributes), strict=True):
          for planes in (1,2,4):
            if planes==2 and "TWO" not in os.environ: continue
            if attributes["input_channels"]%planes: continue
            walk=replace(walk,planes=planes)
            work = Depthwise(layer, sums, attributes["input_channels"], walk)
            if (streamed := StreamedSchedule.of(work)) is not None:
                routine = streamed_routine(work, streamed, fpu=fpu)
                yield Implementation(
                    name=f"streamed{planes}_{name}",
                    function=routine.function,
                    code=routine.code,
                    arguments=(Input(0), work.stream(streamed.packing), Output(0), Scratch()),
                    scratch_bytes=walk.planes_bytes + streamed.copied_bytes(),
                    in_place=work.multiplier == 1,
                )
            schedule = HeldSchedule.of(work)
            if schedule is None:
                continue
            for turn in map(int, os.environ.get("TURNS", "4").split(",")):
                routine = held_routine(work, schedule, turn, fpu=fpu)
                yield Implementation(
                    name=f"held{planes}_{name}{turn}",
                    function=routine.function,
                    code=routine.code,
                    arguments=(Input(0), work.stream(schedule.packing), Output(0), Scratch()),
                    scratch_bytes=walk.planes_bytes,
                    in_place=work.multiplier == 1,
                )


GENERATOR = DepthwiseConv2D()
