"""Clock, wait states and caches as an image sets them, and their differences from the descriptor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scons_tinyml.emulator.devices.bus import FlashSetup
from scons_tinyml.records.board import Board, Cache
from scons_tinyml.records.units import format_hertz

_DATA_REGISTER_BITS = 128
"""Width of the register in front of a data cache whose descriptor gives none.

Fitted: on STM32L4R5 this makes fully connected networks right and moves others by 0.6 % at most.
"""
_CLOCK_TOLERANCE = 0.005  # crystals and PLL dividers do not meet round numbers


class Settings:
    """Settings of the image so far. The descriptor's apply before."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.reset()

    def reset(self) -> None:
        """Discard all settings."""
        self.clock_hz: int | None = None
        self.flash = FlashSetup()
        self.core_instruction_cache = self.core_data_cache = False

    def set_flash(self, setup: FlashSetup) -> None:
        """Apply `setup`. Its fields that are None change nothing."""
        given = {name: value for name, value in vars(setup).items() if value is not None}
        self.flash = replace(self.flash, **given)

    def set_core_caches(self, instruction: bool | None, data: bool | None) -> None:
        """Switch level-1 caches, which are off after reset. None leaves one as it is."""
        if instruction is not None:
            self.core_instruction_cache = instruction
        if data is not None:
            self.core_data_cache = data

    @property
    def instruction_cache(self) -> Cache | None:
        """Cache in front of the flash for instructions, None while it is off."""
        return None if self.flash.instruction_cache is False else self._board.flash.instruction_cache

    @property
    def data_cache(self) -> Cache | None:
        """Cache in front of the flash for data, None while it is off."""
        return None if self.flash.data_cache is False else self._board.flash.data_cache

    @property
    def unified_cache(self) -> Cache | None:
        """Cache in front of the flash for both, None while it is off, with as many ways as are set."""
        cache = self._board.flash.unified_cache
        if cache is None or self.flash.instruction_cache is False:
            return None
        return (
            cache
            if self.flash.cache_ways is None
            else cache.model_copy(update={"ways": self.flash.cache_ways})
        )

    @property
    def core_clock_hz(self) -> int:
        """Clock of the core, in Hz."""
        return self._board.clock if self.clock_hz is None else self.clock_hz

    @property
    def wait_states(self) -> int:
        """Wait states of the flash."""
        found = self.flash.wait_states
        return self._board.flash.wait_states if found is None else found

    @property
    def prefetch(self) -> bool:
        """True when the flash reads ahead."""
        found = self.flash.prefetch
        return self._board.flash.prefetch if found is None else found

    @property
    def data_register_bits(self) -> int:
        """Bits of the register that keeps the data read last from the flash; 0 is no register."""
        flash = self._board.flash
        if flash.data_register_bits is not None:
            return flash.data_register_bits
        return max(flash.line_width_bits, _DATA_REGISTER_BITS) if self.data_cache else flash.line_width_bits

    def differences(self) -> list[str]:
        """Return a sentence for each setting of the image that is not the descriptor's."""
        return [
            f"the image {found}, {self._board.name} says {expected}"
            for found, expected in (*self._speeds(), *self._switches(), *self._caches())
        ]

    def _speeds(self) -> Iterator[tuple[str, str]]:
        board, clock_hz = self._board, self.core_clock_hz
        if abs(clock_hz - board.clock) > _CLOCK_TOLERANCE * board.clock:
            yield f"runs the core at {format_hertz(clock_hz)}", format_hertz(board.clock)
        if self.wait_states != board.flash.wait_states:
            yield f"sets {self.wait_states} wait states of the flash", f"{board.flash.wait_states}"

    def _switches(self) -> Iterator[tuple[str, str]]:
        chosen, flash = self.flash, self._board.flash
        instruction, data = (
            bool(cache or flash.unified_cache) for cache in (flash.instruction_cache, flash.data_cache)
        )
        for name, found, described in (
            ("prefetch of the flash", chosen.prefetch, flash.prefetch),
            ("the instruction cache", chosen.instruction_cache, instruction),
            ("the data cache", chosen.data_cache, data),
        ):
            if found is not None and found != described:
                yield f"has {name} {_on(found)}", _on(described)

    def _caches(self) -> Iterator[tuple[str, str]]:
        found, described = self.unified_cache, self._board.flash.unified_cache
        if found and described and found.ways != described.ways:
            yield f"makes the cache of the flash {_mapped(found)}", _mapped(described)
        instruction, data = self.core_instruction_cache, self.core_data_cache
        if self._board.core_caches and not (instruction and data):
            yield (
                f"has the core's instruction cache {_on(instruction)} and its data cache {_on(data)}",
                "both on",
            )


def _on(enabled: bool) -> str:
    return "on" if enabled else "off"


def _mapped(cache: Cache) -> str:
    return "direct mapped" if cache.ways == 1 else f"{cache.ways}-way"
