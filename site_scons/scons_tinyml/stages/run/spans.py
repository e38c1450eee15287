"""Stretches of a run whose cycles are counted: calls of a function, or from one address to another."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from scons_tinyml.emulator.machine import Machine


@dataclass(frozen=True)
class Span:
    """Cost of a stretch. Handlers that came in between are told apart, with their entry and return."""

    cycles: int
    interrupt_cycles: int
    instructions: int
    """Instructions, also those of handlers."""

    @property
    def total_cycles(self) -> int:
        """Cycles from the beginning to the end."""
        return self.cycles + self.interrupt_cycles


class _Begun:
    """Counters of a machine at the beginning of a stretch."""

    def __init__(self, machine: Machine) -> None:
        self._machine, self._depth = machine, machine.depth
        self._at_depth = machine.cycles_at(self._depth)
        self._cycles, self._instructions = machine.cycles, machine.instructions

    def span(self) -> Span:
        """Return the stretch from the beginning up to now."""
        machine = self._machine
        own, whole = machine.cycles_at(self._depth) - self._at_depth, machine.cycles - self._cycles
        return Span(own, whole - own, machine.instructions - self._instructions)


class Calls:
    """Calls of the function at `entry`, each from its first instruction to its return.

    A call returns where the stack pointer is again what it was at its entry: other code that reaches the return
    address is no return. A function that is a handler, or that one ends with, returns by an EXC_RETURN value.
    """

    def __init__(self, machine: Machine, entry: int) -> None:
        self._machine, self.entry = machine, entry & ~1
        self._begun: _Begun | None = None
        self._return = self._stack = 0

    @property
    def is_open(self) -> bool:
        """True while the function runs."""
        return self._begun is not None

    @property
    def wanted(self) -> Collection[int]:
        """Addresses at which `begins` or `ends` has to be called."""
        return (self._return if self.is_open else self.entry,)

    def begins(self, address: int) -> bool:
        """Return whether a call begins at `address`, where the machine is."""
        if self.is_open or address != self.entry:
            return False
        self._return, self._stack = self._machine.register("lr") & ~1, self._machine.register("sp")
        self._begun = _Begun(self._machine)
        return True

    def ends(self, address: int) -> Span | None:
        """Return the call that ends at `address`, where the machine is; None when none does."""
        if self._begun is None or address != self._return or self._machine.register("sp") != self._stack:
            return None
        span, self._begun = self._begun.span(), None
        return span


class Between:
    """Stretches from the address `begin` to the next time that `end` is reached."""

    def __init__(self, machine: Machine, begin: int, end: int) -> None:
        self._machine, self._begin, self._end = machine, begin & ~1, end & ~1
        self._begun: _Begun | None = None

    @property
    def is_open(self) -> bool:
        """True between the two addresses."""
        return self._begun is not None

    @property
    def wanted(self) -> Collection[int]:
        """Addresses at which `begins` or `ends` has to be called."""
        return (self._end if self.is_open else self._begin,)

    def begins(self, address: int) -> bool:
        """Return whether a stretch begins at `address`, where the machine is."""
        if self.is_open or address != self._begin:
            return False
        self._begun = _Begun(self._machine)
        return True

    def ends(self, address: int) -> Span | None:
        """Return the stretch that ends at `address`, where the machine is; None when none does."""
        if self._begun is None or address != self._end:
            return None
        span, self._begun = self._begun.span(), None
        return span
