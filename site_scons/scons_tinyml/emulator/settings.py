"""Clock, wait states and caches as an image sets them, and where they differ from what the board's descriptor says."""

from __future__ import annotations

from dataclasses import replace

from scons_tinyml.emulator.devices.bus import FlashSetup
from scons_tinyml.records.board import Board, Cache

_CLOCK_TOLERANCE = 0.005  # crystals and PLL dividers do not meet round numbers


class Settings:
    """What the image has set so far; before that what the descriptor says."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.reset()

    def reset(self) -> None:
        """Nothing was set."""
        self.clock_hz: int | None = None
        self.flash = FlashSetup()
        self.core_instruction_cache = self.core_data_cache = False

    def set_flash(self, setup: FlashSetup) -> None:
        """What `setup` leaves open stays as it was."""
        given = {name: value for name, value in vars(setup).items() if value is not None}
        self.flash = replace(self.flash, **given)

    def set_core_caches(self, instruction: bool | None, data: bool | None) -> None:
        """Level-1 caches, which are off after reset; None leaves one as it is."""
        if instruction is not None:
            self.core_instruction_cache = instruction
        if data is not None:
            self.core_data_cache = data

    @property
    def instruction_cache(self) -> Cache | None:
        """In front of the flash for instructions, as far as it is on."""
        return None if self.flash.instruction_cache is False else self._board.flash.instruction_cache

    @property
    def data_cache(self) -> Cache | None:
        """In front of the flash for data, as far as it is on."""
        return None if self.flash.data_cache is False else self._board.flash.data_cache

    @property
    def unified_cache(self) -> Cache | None:
        """In front of the flash for both, as far as it is on, with as many ways as are set."""
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
        """Clock of the core."""
        return self._board.clock if self.clock_hz is None else self.clock_hz

    @property
    def wait_states(self) -> int:
        """Wait states of the flash."""
        found = self.flash.wait_states
        return self._board.flash.wait_states if found is None else found

    @property
    def prefetch(self) -> bool:
        """Whether the flash reads ahead."""
        found = self.flash.prefetch
        return self._board.flash.prefetch if found is None else found

    def differences(self) -> list[str]:
        """One sentence for each setting of the image that is not the descriptor's."""
        board, flash = self._board, self._board.flash
        found = []
        clock = self.core_clock_hz
        if abs(clock - board.clock) > _CLOCK_TOLERANCE * board.clock:
            found.append(f"the image runs the core at {_mhz(clock)}, {board.name} says {_mhz(board.clock)}")
        if self.wait_states != flash.wait_states:
            found.append(
                f"the image sets {self.wait_states} wait states of the flash, {board.name} says {flash.wait_states}"
            )
        switches = (
            ("prefetch of the flash", self.flash.prefetch, flash.prefetch),
            (
                "the instruction cache",
                self.flash.instruction_cache,
                bool(flash.instruction_cache or flash.unified_cache),
            ),
            ("the data cache", self.flash.data_cache, bool(flash.data_cache or flash.unified_cache)),
        )
        for name, chosen, described in switches:
            if chosen is not None and chosen != described:
                found.append(f"the image has {name} {_on(chosen)}, {board.name} says {_on(described)}")
        if board.core_caches and not (self.core_instruction_cache and self.core_data_cache):
            found.append(
                f"the image has the core's instruction cache {_on(self.core_instruction_cache)} and its data cache "
                f"{_on(self.core_data_cache)}, {board.name} says both on"
            )
        return found


def _mhz(hertz: int) -> str:
    return f"{hertz / 1e6:g} MHz"


def _on(enabled: bool) -> str:
    return "on" if enabled else "off"
