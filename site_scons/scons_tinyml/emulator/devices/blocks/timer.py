"""General-purpose timers of STM32: counting up, with prescaler, reload, update and compare events.

RM0432, chapter 'General-purpose timers (TIM2/TIM3/TIM4/TIM5)'; the register map is the same in all families.
Registers of other modes (down, centre-aligned, slave, encoder, capture, PWM outputs, preload of ARR) keep
written values without an effect.
"""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.emulator.devices.blocks.clock import Clock
from scons_tinyml.emulator.devices.blocks.counter import Counter
from scons_tinyml.emulator.devices.bus import System

_CR1, _DIER, _SR, _EGR, _CNT, _PSC, _ARR = 0x00, 0x0C, 0x10, 0x14, 0x24, 0x28, 0x2C
_CCR = {channel: 0x30 + 4 * channel for channel in (1, 2, 3, 4)}
_CEN, _UDIS, _URS, _OPM = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_UPDATE = 0
"""Number of the update event. Channels have their own numbers. All are bits of SR, DIER and EGR."""
_EVENTS = 0x1F


class Timer(Counter):
    """One timer of `bits` bits.

    Compare events have an interrupt of their own where `compare_interrupt` gives one.
    """

    def __init__(
        self,
        system: System,
        name: str,
        start: int,
        clock: Clock,
        *,
        bits: int = 16,
        interrupt: int,
        compare_interrupt: int | None = None,
    ) -> None:
        self._top = (1 << bits) - 1
        self._interrupts = {interrupt: _EVENTS}
        if compare_interrupt is not None:
            self._interrupts = {interrupt: 1 << _UPDATE, compare_interrupt: _EVENTS & ~(1 << _UPDATE)}
        self._prescaler = 0  # in use; the next update takes PSC over
        super().__init__(system, name, start, clock, {_ARR: self._top})

    def reset(self) -> None:
        """Stop the timer at 0."""
        super().reset()
        self._prescaler = 0

    def on_read(self, offset: int) -> int:
        """Return a register, with counter and flags as of now."""
        if offset in (_CR1, _SR, _CNT):
            self.settle()
        return self.count if offset == _CNT else super().on_read(offset)

    def on_write(self, offset: int, value: int) -> None:
        """Store a register. The next event starts from the count of now."""
        self.settle()
        if offset == _EGR:
            self._generate(value)
        elif offset == _SR:
            self.words[_SR] = self.words.get(_SR, 0) & value  # written with 0 to be cleared
        elif offset == _CNT:
            self.count_from(value & self._top)
        else:
            if offset == _CR1 and value & _CEN and not self.running:
                self.count_from(self.count)
            super().on_write(offset, value & self._top if offset in (_ARR, *_CCR.values()) else value)
        self._request()
        self.plan()

    @property
    def running(self) -> bool:
        """True when CEN is set."""
        return bool(self._control & _CEN)

    @property
    def prescaler(self) -> int:
        """Ticks in one count, by the prescaler in use."""
        return self._prescaler + 1

    @property
    def wanted(self) -> int:
        """Mask of events whose interrupt is enabled, and whose flag is not set yet."""
        return self.words.get(_DIER, 0) & ~self.words.get(_SR, 0)

    def distances(self) -> Mapping[int, int]:
        """Return the counts until each event.

        The update comes when the counter starts over, unless disabled. A compare event comes when it
        reaches a channel's value.
        """
        events = {} if self._control & _UDIS else {_UPDATE: self._overflow}
        for channel, offset in _CCR.items():
            compare = self.words.get(offset, 0)
            if self.count < compare:
                events[channel] = compare - self.count
            elif compare <= self._reload:
                events[channel] = self._overflow + compare
        return events

    def longest_step(self) -> int | None:
        """Return the counts up to an update that changes the prescaler or stops the counter."""
        changes = self._control & _OPM or self._prescaler != self._written_prescaler
        return self._overflow if changes and not self._control & _UDIS else None

    def advance(self, counts: int) -> None:
        """Count up, starting over after the reload value."""
        if counts < self._overflow:
            self.count += counts
            return
        self.count = (counts - self._overflow) % (self._reload + 1)
        if not self._control & _UDIS:
            self._prescaler = self._written_prescaler
            if self._control & _OPM:
                self.words[_CR1] = self._control & ~_CEN

    def happen(self, events: int) -> None:
        """Set the flags of `events`."""
        self.words[_SR] = self.words.get(_SR, 0) | events
        self._request()

    def _request(self) -> None:
        """Set the levels of the interrupt requests: high while a flag is set whose interrupt is enabled."""
        active = self.words.get(_SR, 0) & self.words.get(_DIER, 0)
        for interrupt, events in self._interrupts.items():
            self.system.set_line(interrupt, bool(active & events))

    @property
    def _control(self) -> int:
        return self.words.get(_CR1, 0)

    @property
    def _reload(self) -> int:
        return self.words.get(_ARR, 0)

    @property
    def _overflow(self) -> int:
        """Counts until the counter starts over. A count beyond the reload value runs to its end first."""
        return (self._reload if self.count <= self._reload else self._top) - self.count + 1

    @property
    def _written_prescaler(self) -> int:
        return self.words.get(_PSC, 0) & 0xFFFF

    def _generate(self, events: int) -> None:
        """Generate events by software. An update starts over with the prescaler that was written."""
        if events >> _UPDATE & 1:
            self.count_from(0)
            self._prescaler = self._written_prescaler
            if self._control & (_URS | _UDIS):
                events &= ~(1 << _UPDATE)
        self.happen(events & _EVENTS)
