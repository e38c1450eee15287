"""A fake machine without a core, which plays a list of events and adds up their given costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scons_tinyml.emulator.devices.core.unknown import UnknownRegister
from scons_tinyml.emulator.image import Function, Image
from scons_tinyml.emulator.profile.counts import CallPath, InstructionCost
from scons_tinyml.emulator.stop import Stop


@dataclass(frozen=True)
class Tick:
    """One instruction at `pc` in the innermost function of `stack`; it may print, ask for input, sleep, exit."""

    pc: int
    cycles: int = 2
    prints: bytes = b""
    waits_for: bytes = b""
    sleeps: bool = False
    exit_code: int | None = None
    stack: tuple[int, ...] = ()


MAIN, WORK = 0x0800_0100, 0x0800_0200
IMAGE = Image(
    Path("fake.elf"),
    symbols={"main": MAIN, "work": WORK},
    functions=(Function(MAIN, 0x20, "main"), Function(WORK, 0x20, "work")),
)


@dataclass
class FakeMachine:
    """Plays `ticks`. Without timing it has no cycles."""

    ticks: list[Tick]
    board: Any
    image: Image = IMAGE
    model: Any = "timed"
    core_clock_hz: int = 1000
    cycles: int = 0
    instructions: int = 0
    sent: bytes = b""
    unknown: tuple[UnknownRegister, ...] = ()
    on_output: Callable[[str, bytes], None] | None = None
    next: int = 0
    costs: dict[int, list[int]] = field(default_factory=dict)
    paths: dict[tuple[int, ...], list[int]] = field(default_factory=dict)

    def register(self, name: str) -> int:
        """Return one of the two registers that a session reads."""
        return {"sp": 0, "pc": self.ticks[min(self.next, len(self.ticks) - 1)].pc}[name]

    def load_image(self, image: Image, _vector_table: int | None = None) -> None:
        """Take the image, which a session loads."""
        self.image = image

    def read(self, _address: int, size: int) -> bytes:
        """Return NOPs at every address."""
        return (b"\x00\xbf" * size)[:size]

    def differences(self) -> list[str]:
        return ["the image runs the core at 0.001 MHz"]

    def unknown_registers(self) -> tuple[UnknownRegister, ...]:
        return self.unknown

    def hurry(self) -> None:
        """Each tick looks whether the run has expired."""

    def send(self, data: bytes) -> None:
        self.sent += data

    def run(
        self,
        *,
        until: Any = (),
        max_instructions: int = 10**9,
        max_cycles: int | None = None,
        stop_when: Callable[[], bool] | None = None,
        expired: Callable[[], bool] | None = None,
    ) -> Stop:
        first = (self.cycles, self.instructions)
        for tick in self._following():
            if tick.pc in until:
                return Stop("address", tick.pc)
            now = self.cycles - first[0] if self.model else self.instructions - first[1]
            if self.instructions - first[1] >= max_instructions or (
                max_cycles is not None and now >= max_cycles
            ):
                return Stop("limit", tick.pc)
            if expired is not None and expired():
                return Stop("limit", tick.pc)
            if tick.sleeps and tick.waits_for not in self.sent:
                return Stop("idle", tick.pc)
            if self._execute(tick) and stop_when is not None and stop_when():
                return Stop("asked", tick.pc)
            if tick.exit_code is not None:
                return Stop("exit", tick.pc, tick.exit_code)
        raise AssertionError("the fake program has no end")

    def profile(self) -> list[InstructionCost]:
        return [InstructionCost(address, *counts) for address, counts in self.costs.items()]

    def follow_calls(self) -> None:
        """Do nothing: calls are always followed."""

    def call_paths(self) -> list[CallPath]:
        return [CallPath(stack, *counts) for stack, counts in self.paths.items()]

    def _following(self) -> Iterator[Tick]:
        while self.next < len(self.ticks):
            yield self.ticks[self.next]

    def _execute(self, tick: Tick) -> bool:
        """Return whether something was printed."""
        self.cycles += tick.cycles if self.model else 0
        self.instructions += 1
        for counts, more in (
            (self.costs.setdefault(tick.pc, [0, 0]), (1, tick.cycles)),
            (self.paths.setdefault(tick.stack, [0, 0]), (tick.cycles, 1)),
        ):
            counts[0] += more[0]
            counts[1] += more[1]
        answered = tick.sleeps or tick.waits_for in self.sent
        self.next += 1 if answered else 0
        if tick.prints and answered and self.on_output is not None:
            self.on_output("uart", tick.prints)
        return bool(tick.prints)
