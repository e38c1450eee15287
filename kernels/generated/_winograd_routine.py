"""The function of a layer by Winograd's F(4x4, 3x3): strips of tiles, inputs first, then group by group of channels."""

from __future__ import annotations

from _winograd_groups import Groups
from _winograd_image import Schedule
from _winograd_inputs import Inputs

from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.routine import Routine

_ARGUMENTS = ("const int8_t *input", "const int32_t *weights", "int8_t *output", "void *scratch")
_SLOTS = (
    *("results", "positions", "output_channel", "start", "tiles", "output_entry", "scratch", "turns"),
    *("columns", "tails", "channels", "block", "group", "units", "pair", "quad"),
    *("quads", "entry", "stream", "channel", "groups", "weights", "input", "output", "y"),
    *("rows", "band_rows", "strips", "batches"),
)
"""Values without a register; the first ones are needed most, and are in FPU registers where there are some."""


def winograd_routine(schedule: Schedule, input_zero_point: int, *, fpu: bool, dsp: bool) -> Routine:
    """Return the function of a layer."""
    image, filters = schedule.image, schedule.filters
    title = (
        f"3x3, {image.height}x{image.width}x{image.depth} to {image.output_height}x{image.output_width}x"
        f"{filters.channels}, by Winograd F(4x4, 3x3), weights {schedule.source.value}"
    )
    asm = Assembler(title, _ARGUMENTS, fpu=fpu, dsp=dsp)
    slots = {name: asm.slot(name) for name in _SLOTS}
    for register in asm.arguments:
        asm.save(slots[register.name], register)
    asm.release(*asm.arguments)
    inputs = Inputs(asm, schedule, slots, input_zero_point)
    inputs.prepare()
    with asm.using("first") as (first,):
        asm.constant(first, 0)
        asm.save(slots["y"], first)
    with asm.loop("strip", schedule.strips, slots["strips"]):
        inputs.strip()
        Groups(asm, schedule, slots).strip()
    return asm.finish("winograd")
