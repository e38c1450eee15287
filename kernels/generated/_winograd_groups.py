"""Groups of output channels: weights, the products of blocks and their outputs, block by block.

A block is eight sums in registers, of two channels and four tiles or of four channels and two tiles. Several blocks are
multiplied before their outputs are computed: both loops fill the instruction cache.
"""

from __future__ import annotations

from collections.abc import Mapping

from _blocks import emit_copy
from _winograd import WORD_BYTES
from _winograd_image import Schedule, Source
from _winograd_outputs import Outputs
from _winograd_products import Products
from _winograd_weights import emit_made_weights

from scons_tinyml.stages.lowering.thumb.assembler import Assembler, Slot
from scons_tinyml.stages.lowering.thumb.registers import Register


class Groups:
    """Writes the part of a function that computes the outputs of a strip from its transformed inputs."""

    def __init__(self, asm: Assembler, schedule: Schedule, slots: Mapping[str, Slot]) -> None:
        self.asm = asm
        self.schedule = schedule
        self.filters = schedule.filters
        self.slots = slots
        self._products = Products(asm, schedule, slots)
        self._outputs = Outputs(asm, schedule, slots)

    def strip(self) -> None:
        """Compute all outputs of a strip, group by group of channels."""
        asm, slots = self.asm, self.slots
        with asm.using("word") as (word,):
            asm.load(word, slots["weights"])
            asm.save(slots["stream"], word)
            asm.constant(word, 0)
            asm.save(slots["channel"], word)
        with asm.loop("group", len(self.schedule.groups), slots["groups"]):
            self._group()

    def _group(self) -> None:
        asm, slots, schedule = self.asm, self.slots, self.schedule
        self._prepare_weights()
        self._set("output_entry", schedule.outputs)
        self._set("block", 0)
        with asm.loop("batch", -(-schedule.blocks // schedule.units), slots["batches"]):
            self._set("results", schedule.results - WORD_BYTES)
            with asm.loop("unit", schedule.units, slots["units"]):
                self._products.block()
            self._set("results", schedule.results)
            if self.schedule.is_one_block:
                self._begin_channels()
            with asm.loop("unit_outputs", schedule.units, slots["units"]):
                if not self.schedule.is_one_block:
                    self._begin_channels()
                self._outputs.block()
        tails = self.filters.tail_bytes * schedule.group_channels
        with asm.using("word", "left") as (word, left):
            asm.load(word, slots["stream"])
            asm.add_constant(word, schedule.stream_bytes + tails)
            asm.save(slots["stream"], word)
            asm.load(word, slots["channel"])
            asm.add_constant(word, schedule.group_channels)
            if self.filters.channels % schedule.group_channels:
                asm.comment("the last group begins with channels of the one before")
                asm.constant(left, self.filters.channels - schedule.group_channels)
                asm("cmp", word, left)
                asm("it", "gt")
                asm("movgt", word, left)
            asm.save(slots["channel"], word)

    def _set(self, slot: str, offset_bytes: int) -> None:
        """Set a slot to a place in scratch."""
        with self.asm.using("place") as (place,):
            self._address(place, offset_bytes)
            self.asm.save(self.slots[slot], place)

    def _begin_channels(self) -> None:
        """Set slots to the first channel of a group."""
        asm, slots = self.asm, self.slots
        with asm.using("word") as (word,):
            asm.load(word, slots["stream"])
            asm.add_constant(word, self.schedule.stream_bytes)
            asm.save(slots["tails"], word)
            asm.load(word, slots["channel"])
            asm.save(slots["output_channel"], word)

    def _prepare_weights(self) -> None:
        """Set the slot `group` to the address of the group's transformed weights."""
        asm, slots, schedule = self.asm, self.slots, self.schedule
        weights, target = asm.take_all("weights", "target")
        asm.load(weights, slots["stream"])
        if schedule.source is not Source.FLASH:
            self._address(target, schedule.weights)
            asm.save(slots["group"], target)
        if schedule.source is Source.COPIED:
            asm.comment("copy the weights of the group, which are read for each block")
            emit_copy(asm, weights, target, schedule.weight_bytes // WORD_BYTES, "weights_copy")
        elif schedule.source is Source.FLASH:
            asm.save(slots["group"], weights)
        asm.release(weights, target)
        if schedule.source is Source.MADE:
            emit_made_weights(asm, schedule, slots)

    def _address(self, register: Register, offset_bytes: int) -> None:
        self.asm.load(register, self.slots["scratch"])
        self.asm.add_constant(register, offset_bytes)
