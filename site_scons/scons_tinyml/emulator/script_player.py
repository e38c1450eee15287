"""Player of a script against a machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scons_tinyml.emulator.script import Script, Step
from scons_tinyml.records.errors import InputError, LimitReached, ScriptFailed
from scons_tinyml.records.input_limits import HEARD_BYTES

if TYPE_CHECKING:
    from scons_tinyml.emulator.machine import Machine
    from scons_tinyml.emulator.stop import Stop

Advance = Callable[[int | None, Callable[[], bool] | None], "Stop"]
"""Function that runs the machine for a number of cycles (None: no limit) or until a condition holds."""
Listener = Callable[[str, bytes], None]

_SHOWN_BYTES = 60
_WHY = {
    "limit": "it did not come in {seconds:g} s",
    "idle": "the firmware sleeps, and no interrupt will wake it",
    "exit": "the firmware has ended",
    "address": "the firmware has reached the place where the run ends",
}


class ScriptPlayer:
    """Player that takes the output of a machine and follows a script with it."""

    def __init__(
        self, script: Script, machine: Machine, advance: Advance, measure: Callable[[], None] | None = None
    ) -> None:
        self._script, self._machine, self._advance = script, machine, advance
        self._measure = measure or (lambda: None)
        self._received = bytearray()  # output that no step has taken
        self._timeout_s: float | None = None
        self._end: Stop | None = None  # stop of the firmware

    def play(self, stop_when: Callable[[], bool] | None = None) -> Stop | None:
        """Follow the script. Return the stop of firmware that came to its end, None if it would go on.

        Raises ScriptFailed, and InputError at once for a pin that the chip lacks.
        """
        self._require_pins()
        listener = self._machine.on_output
        self._machine.on_output = lambda channel, data: self._on_output(listener, channel, data)
        try:
            for step in self._script.steps:
                self._do(step, stop_when or _never)
                if stop_when is not None and stop_when():
                    break
        finally:
            self._machine.on_output = listener
        return self._end

    def _require_pins(self) -> None:
        for step in self._script.steps:
            if step.action == "pin":
                try:
                    self._machine.require_pin(step.pin)
                except InputError as error:
                    where = f"{self._script.path}:{step.line}"
                    raise InputError(error.problem, where=where, hint=error.hint) from None

    def _on_output(self, listener: Listener | None, channel: str, data: bytes) -> None:
        self._received += data
        if len(self._received) > 2 * HEARD_BYTES:
            del self._received[:-HEARD_BYTES]
        if listener is not None:
            listener(channel, data)

    def _do(self, step: Step, given_up: Callable[[], bool]) -> None:
        if step.action == "timeout":
            self._timeout_s = step.seconds
        elif step.action == "send":
            self._machine.send(step.data)
        elif step.action == "pin":
            self._machine.set_pin(step.pin, high=step.high)
        elif step.action == "measure":
            self._measure()
        elif step.action == "expect":
            self._expect(step, given_up)
        elif step.action == "wait":
            self._go(step.seconds, given_up)
        else:
            self._end = self._go(None, given_up)

    def _expect(self, step: Step, given_up: Callable[[], bool]) -> None:
        if self._has(step.data):
            return self._take(step.data)
        try:
            stop = self._go(self._timeout_s, lambda: self._has(step.data) or given_up())
        except LimitReached as limit:
            raise self._failed(step, limit.problem) from None
        if self._has(step.data):
            return self._take(step.data)
        if not given_up():
            raise self._failed(step, _WHY[stop.reason].format(seconds=self._timeout_s))
        return None

    def _has(self, text: bytes) -> bool:
        """Return whether `text` was received. Drop bytes that cannot be a part of it any more, for speed."""
        if text in self._received:
            return True
        del self._received[: -max(len(text), _SHOWN_BYTES)]
        return False

    def _take(self, text: bytes) -> None:
        del self._received[: self._received.find(text) + len(text)]

    def _go(self, seconds: float | None, stop_when: Callable[[], bool]) -> Stop:
        """Run for a time, or without a limit. Do nothing when the firmware has ended before."""
        if self._end is not None:
            return self._end
        cycles = None if seconds is None else max(round(seconds * self._machine.core_clock_hz), 1)
        stop = self._advance(cycles, stop_when)
        if stop.reason in {"exit", "address"}:
            self._end = stop
        return stop

    def _failed(self, step: Step, why: str) -> ScriptFailed:
        received = bytes(self._received[-_SHOWN_BYTES:]).decode("utf-8", "backslashreplace")
        last = f"the last output is {received!r}" if received else "there was no output since the step before"
        expected = step.data.decode("utf-8", "backslashreplace")
        return ScriptFailed(
            f"waits for {expected!r}: {why}", where=f"{self._script.path}:{step.line}", hint=last
        )


def _never() -> bool:
    return False
