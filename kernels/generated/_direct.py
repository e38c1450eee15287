"""Direct convolution: tiles of output rows, and in them blocks of a few channels by two pixels.

The activations of a tile are laid out in scratch, or read where they are. For each group of channels, a loop over pairs
of pixels reads them again. Weights are read from a copy in scratch: that of a group, or of all if they are few. How a
block is multiplied depends on the core: `_direct_quads.py` does it by SMLAD, `_direct_packed.py` by MLA.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from _blocks import LOOP_ALIGNMENT_BYTES, emit_copy
from _lines import Lines
from _packed_stream import constant_words
from _plan import PlanOfTurns
from _product import ARGUMENTS, WORD_BYTES
from _turns import TurnsOfWords
from _weighted import WeightedLayer
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.implementation import ConstantData
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.registers import Register
from scons_tinyml.stages.lowering.thumb.requantization import Requantization
from scons_tinyml.stages.lowering.thumb.routine import Routine


@dataclass(frozen=True)
class Direct(ABC):
    """A convolution as it is computed: its plan, and the arithmetic of a block."""

    dsp: ClassVar[bool]
    """False for SMULL and MLA. SMULL's cycles depend on its factors, so that layers with other weights share no row."""
    weights_text: ClassVar[str]
    holds_places: ClassVar[bool] = False
    """True when two registers are left for the place of the next output and the number of pairs."""

    plan: PlanOfTurns[Any, Any]
    layer: WeightedLayer
    requantization: Requantization

    def stream(self) -> ConstantData:
        """Return what is read for each group, with a step behind the weights of each turn if there are several."""
        data = np.concatenate([self.group_words(group) for group in self.plan.groups]).astype("<i4").tobytes()
        comment = f"{self.weights_text} of {self.layer.channels} channels, with starts, steps and factors"
        return ConstantData("weights", "int32_t", data, comment, timed=not self.dsp)

    def constants(self, group: range) -> NDArray[np.int32]:
        """Return the constants of the requantization, those of each channel in turn."""
        return constant_words(self.requantization.constants, group)

    @abstractmethod
    def group_words(self, group: range) -> NDArray[np.int32]:
        """Return the part of the stream for a group: starts, for each turn weights and the step, constants."""

    def emit_group_copy(self, asm: Assembler, source: Register, target: Register, turns: Any) -> None:
        """Copy the part of a group to where blocks read it, and move both pointers behind it."""
        words = self.plan.group_bytes(turns) // WORD_BYTES
        emit_copy(asm, source, target, words, f"copy_{turns.channels}")

    @abstractmethod
    def emit_pair(
        self, asm: Assembler, weights: Register, activations: Register, turns: Any
    ) -> tuple[list[tuple[Register, ...]], list[Register]]:
        """Compute the channels of two pixels: return the outputs of each channel, and two free registers or more.

        `weights` are moved behind the group, `activations` to the last turn.
        """

    def emit_turns(
        self,
        asm: Assembler,
        weights: Register,
        activations: Register,
        turns: TurnsOfWords,
        step: Register,
        emit: Callable[[], None],
    ) -> None:
        """Run `emit` for all turns; it loads `step` if there are several. Pointers are moved."""
        if turns.loops:
            asm.comment("the stream says how far the activations of the next turn are; 0 is the last")
            with asm.repeat(f"turn_{turns.channels}", align=LOOP_ALIGNMENT_BYTES):
                emit()
                asm.add_constant(weights, turns.turn_bytes)
                asm("cmp", step, 0)
                asm("add", activations, activations, step)
        else:
            emit()
            asm.add_constant(weights, turns.turn_bytes)


def direct_routine(direct: Direct, *, fpu: bool) -> Routine:
    """Return the function for all rows."""
    return _Writer(direct, fpu).routine()


def _title(direct: Direct) -> str:
    layout = direct.plan.layout
    made = layout.convolution
    return (
        f"{made.filter_rows}x{made.filter_columns} on {made.height}x{made.width}x{made.depth} to"
        f" {made.rows}x{made.columns}x{made.channels}, {layout.tiling.rows} rows at a time, {layout.name}"
    )


class _Writer:
    """Writes the function; slots hold what a block has no register for."""

    def __init__(self, direct: Direct, fpu: bool) -> None:
        self.direct = direct
        self.plan = direct.plan
        self.layout = direct.plan.layout
        self.convolution = self.layout.convolution
        self.lines: Lines = self.layout.lines
        self.asm = Assembler(_title(direct), ARGUMENTS, fpu=fpu, dsp=direct.dsp)
        names = ["pixel_output", "pairs", "stream", "group_output", "activations", "groups", "lines"]
        names += ["scratch", "tile_input", "tile_output", "tile_row", "weights", "tiles"]
        names += ["convolution_groups"]
        self.held: dict[str, Register] = {}
        self.slots = {name: self.asm.slot(name) for name in names}

    def routine(self) -> Routine:
        """Return the function."""
        asm, slots, plan, made = self.asm, self.slots, self.plan, self.convolution
        source, weights, output, scratch = asm.arguments
        asm.save(slots["scratch"], scratch)
        asm.save(slots["tile_output"], output)
        asm.release(output)
        if plan.copies_all:
            asm.comment("copy all weights and constants behind the activations")
            asm.add_constant(scratch, plan.activation_bytes)
            emit_copy(asm, weights, scratch, plan.stream_bytes // WORD_BYTES, "copy")
            asm.add_constant(weights, -plan.stream_bytes, scratch)
        asm.save(slots["weights"], weights)
        asm.add_constant(source, -made.top * made.row_bytes)
        asm.save(slots["tile_input"], source)
        asm.release(source, weights, scratch)
        with asm.using("first_row") as (row,):
            asm.constant(row, -made.top)
            asm.save(slots["tile_row"], row)
        self.layout.emit_begin(asm, slots["scratch"])
        with asm.loop("tile", self.layout.tiling.tiles, slots["tiles"]):
            self.layout.emit_tile(asm, slots["tile_input"], slots["tile_row"], slots["scratch"])
            self._begin_tile()
            self._groups()
        return asm.finish("direct")

    def _begin_tile(self) -> None:
        """Set stream and output for the tile, and what begins the next one."""
        asm, slots, tiling, made = self.asm, self.slots, self.layout.tiling, self.convolution
        row_bytes = made.stride_rows * made.row_bytes
        output_bytes = made.columns * made.channels
        with asm.using("output", "input", "row", "left") as (output, source, row, left):
            asm.load(source, slots["weights"])
            asm.save(slots["stream"], source)
            asm.load(output, slots["tile_output"])
            asm.save(slots["group_output"], output)
            if tiling.tiles == 1:
                return
            asm.load(source, slots["tile_input"])
            asm.load(row, slots["tile_row"])
            moved = ((output, output_bytes), (source, row_bytes), (row, made.stride_rows))
            for register, size in moved:
                asm.add_constant(register, tiling.rows * size)
            if tiling.overlap:
                asm.comment("the last tile begins with rows of the one before")
                asm.load(left, slots["tiles"])
                asm("cmp", left, 2)
                asm("bne", asm.forward("whole_tile"))
                for register, size in moved:
                    asm.add_constant(register, -tiling.overlap * size)
                asm.label("whole_tile")
            asm.save(slots["tile_output"], output)
            asm.save(slots["tile_input"], source)
            asm.save(slots["tile_row"], row)

    def _groups(self) -> None:
        """Compute all channels of the tile."""
        asm, slots, made = self.asm, self.slots, self.convolution
        sizes = [len(part) for part in self.plan.parts]
        with asm.using("activations") as (activations,):
            self.layout.emit_activations(asm, activations, slots["tile_input"], slots["scratch"])
            asm.save(slots["activations"], activations)
        with asm.loop("convolution_group", made.groups, slots["convolution_groups"]):
            for size, turns in self.plan.turns.items():
                with asm.loop(f"group_{size}", sizes.count(size), slots["groups"]):
                    self._group(turns)
            if made.groups > 1:
                with asm.using("activations") as (activations,):
                    asm.load(activations, slots["activations"])
                    asm.add_constant(activations, self.plan.group_step_bytes)
                    asm.save(slots["activations"], activations)

    def _group(self, turns: TurnsOfWords) -> None:
        """Compute the channels of a group for the tile, and move stream and output to the next group."""
        asm, slots, size = self.asm, self.slots, turns.channels
        group_bytes = self.plan.group_bytes(turns)
        asm.comment(f"{size} channels of all pixels, two at a time")
        weights, activations = asm.take_all("weights", "activations")
        asm.load(weights, slots["stream"])
        if not self.plan.copies_all:
            asm.comment("copy weights and constants behind the activations")
            asm.load(activations, slots["scratch"])
            asm.add_constant(activations, self.plan.activation_bytes)
            self.direct.emit_group_copy(asm, weights, activations, turns)
            asm.save(slots["stream"], weights)
            asm.add_constant(weights, -group_bytes, activations)
        asm.load(activations, slots["activations"])
        with asm.using("outputs") as (outputs,):
            asm.load(outputs, slots["group_output"])
            asm.save(slots["pixel_output"], outputs)
            asm.add_constant(outputs, size)
            asm.save(slots["group_output"], outputs)
        if self.direct.holds_places:
            self.held = {name: asm.take(name) for name in ("pixel_output", "pairs")}
            asm.load(self.held["pixel_output"], slots["pixel_output"])
        pairs = self.held.get("pairs", slots["pairs"])
        with asm.loop(f"line_{size}", self.lines.count, slots["lines"]):
            with asm.loop(f"pair_{size}", self.lines.pairs, pairs, align=LOOP_ALIGNMENT_BYTES):
                self._pair(weights, activations, turns)
            self._next_line(activations)
        asm.release(*self.held.values())
        self.held = {}
        if self.plan.copies_all:
            asm.add_constant(weights, group_bytes)
            asm.save(slots["stream"], weights)
        asm.release(weights, activations)

    def _next_line(self, activations: Register) -> None:
        """Move from behind the last pixel of a line to the next one."""
        asm, lines = self.asm, self.lines
        if lines.count == 1:
            return
        asm.add_constant(activations, lines.line_bytes - lines.pixels * lines.pixel_bytes)
        moved = lines.output_line_bytes - lines.pixels * lines.output_bytes
        if moved:
            with asm.using("outputs") as (free,):
                outputs = self._in_hand("pixel_output", free)
                asm.add_constant(outputs, moved)
                self._put_back("pixel_output", outputs)

    def _in_hand(self, name: str, free: Register) -> Register:
        """Return the register that holds a place, or `free` with it from its slot."""
        if name not in self.held:
            self.asm.load(free, self.slots[name])
        return self.held.get(name, free)

    def _put_back(self, name: str, register: Register) -> None:
        if name not in self.held:
            self.asm.save(self.slots[name], register)

    def _pair(self, weights: Register, activations: Register, turns: TurnsOfWords) -> None:
        """Compute the channels of two pixels, both pointers as they have to be for the next two."""
        asm = self.asm
        sums, free = self.direct.emit_pair(asm, weights, activations, turns)
        self._store(activations, sums, free, turns.step_bytes)
        asm.add_constant(weights, -self.plan.group_bytes(turns))
        asm.release(*(register for values in sums for register in values), *free)

    def _store(
        self,
        activations: Register,
        sums: Sequence[tuple[Register, ...]],
        free: Sequence[Register],
        step_bytes: int,
    ) -> None:
        """Store the outputs of two pixels, and go on to the next two, or one further if only one is left."""
        asm, lines, size = self.asm, self.lines, len(sums)
        outputs = self._in_hand("pixel_output", free[0])
        for pixel in range(2):
            for position, values in enumerate(sums):
                asm("strb", values[pixel], asm.at(outputs, lines.second_output_bytes * pixel + position))
        pixels = min(2, lines.pixels)
        if lines.pixels % 2 and lines.pairs > 1:
            pixels = 1
            asm.comment("the last pair begins with the pixel that the one before ended with")
            asm("cmp", self._in_hand("pairs", free[1]), 2)
        asm.add_constant(outputs, pixels * lines.output_bytes)
        asm.add_constant(activations, pixels * lines.pixel_bytes - step_bytes)
        if lines.pixels % 2 and lines.pairs > 1:
            asm("beq", asm.forward(f"overlap_{size}"))
            asm.add_constant(outputs, lines.output_bytes)
            asm.add_constant(activations, lines.pixel_bytes)
            asm.label(f"overlap_{size}")
        self._put_back("pixel_output", outputs)
