"""Run of an image with sources of its users: from reset, with any main, tasks and interrupts.

At the entry of a network's invoke function its inputs are overwritten with those of a sample, and at its return its
outputs are read. So the run proves the same as that of our main, whatever the image does with the network in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scons_tinyml.emulator.machine import Machine, Stop
from scons_tinyml.emulator.stack import find_stack
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import FirmwareFault, InputError, LimitReached
from scons_tinyml.records.units import format_seconds
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.memory import MemoryPlan
from scons_tinyml.stages.run.inference import require_settings
from scons_tinyml.stages.run.spans import Between, Calls, Span
from scons_tinyml.stages.run.symbols import named_place, network_places

LONGEST_WAIT_S = 10.0
"""Time of the board within which the next call has to begin."""


@dataclass(frozen=True)
class Measured:
    """What to measure: calls of the function `invoke`, or from the symbol `begin` to `end`.

    Empty: calls of the network's own invoke function. `sharing` has C names of networks that share its arena.
    """

    invoke: str = ""
    begin: str = ""
    end: str = ""
    sharing: tuple[str, ...] = ()
    wait_s: float = LONGEST_WAIT_S

    def __post_init__(self) -> None:
        """Raise InputError for symbols that exclude each other."""
        if bool(self.begin) != bool(self.end):
            given, other = ("begin", "end") if self.begin else ("end", "begin")
            raise InputError(f"{given} needs {other} too", key=given, hint="both are symbols of the image")
        if self.invoke and self.begin:
            hint = "invoke= measures calls of a function, begin= and end= from one symbol to another"
            raise InputError("excludes begin and end", key="invoke", hint=hint)

    def __str__(self) -> str:
        """Return what is measured: 'classify', 'begin to end'; empty for the network's own function."""
        return f"{self.begin} to {self.end}" if self.begin else self.invoke


@dataclass(frozen=True)
class Call:
    """Outputs of a call of the network. `goes_on`: its state is that of the call before."""

    outputs: tuple[bytes, ...]
    goes_on: bool


@dataclass
class ApplicationRun:
    """Calls of a network, and what was measured, each in the order of the run."""

    calls: list[Call] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    stack_bytes: int | None = None
    """Deepest use of the main stack; None where its place is unknown."""


def run_application(
    board: Board,
    elf: Path,
    network: str,
    graph: Graph,
    memory: MemoryPlan,
    samples: Sequence[Sequence[bytes]],
    measured: Measured,
) -> ApplicationRun:
    """Run the image `elf` from reset until the network with the C name `network` has run on all `samples`.

    Firmware that calls it less often and then ends or waits has fewer results, at least one of each kind. Raises
    FirmwareFault, LimitReached for a symbol that is never reached, InputError for one that does not exist.
    """
    machine = Machine(board)
    machine.load(elf)
    run = _Run(machine, network, graph, memory, measured)
    machine.reset()
    stack = find_stack(board, machine.image, machine.register("sp"))
    if stack is not None:
        stack.paint(machine)
    run.play(samples)
    require_settings(machine)
    run.result.stack_bytes = stack.used_bytes_above_heap(machine) if stack else None
    return run.result


class _Run:
    def __init__(
        self, machine: Machine, network: str, graph: Graph, memory: MemoryPlan, measured: Measured
    ) -> None:
        image = machine.image
        places = network_places(image, network)
        self._machine, self._graph, self._memory, self._measured = machine, graph, memory, measured
        self._arena, self._reset = places.arena, places.reset
        self._network, self._calls = network, Calls(machine, places.invoke)
        self._window: Calls | Between = self._calls
        if measured.invoke:
            self._window = Calls(machine, named_place(image, "invoke", measured.invoke))
        elif measured.begin:
            begin, end = (named_place(image, key, getattr(measured, key)) for key in ("begin", "end"))
            self._window = Between(machine, begin, end)
        self._others = {image.symbols.get(f"{name}_invoke", 0): name for name in measured.sharing}
        self._goes_on = False
        self._main, self._main_cycles = places.main, -1
        self.result = ApplicationRun()

    def play(self, samples: Sequence[Sequence[bytes]]) -> None:
        """Run until every sample has a result, or the firmware does no more."""
        while wanted := self._wanted(len(samples)):
            stop = self._advance(wanted)
            if stop.reason != "address":
                self._require_results(stop)
                return
            self._at(stop.pc, samples)

    def _wanted(self, samples: int) -> set[int]:
        """Return the addresses of the next events, none when there are `samples` results of each kind."""
        wanted: set[int] = set()
        if self._calls.is_open or len(self.result.calls) < samples:
            wanted.update(self._calls.wanted)
            if self._calls.is_open:
                wanted |= self._others.keys() - {0}
            elif self._reset is not None:
                wanted.add(self._reset)
        if len(self.result.spans) < samples:
            wanted.update(self._window.wanted)
        if wanted and self._main is not None and self._main_cycles < 0:
            wanted.add(self._main)
        return wanted

    def _advance(self, wanted: set[int]) -> Stop:
        """Run to the next of `wanted`; the one where the machine is does not count."""
        machine = self._machine
        at = machine.register("pc") & ~1
        if at in wanted:
            stop = machine.run(until=wanted - {at}, max_instructions=1)
            if stop.reason != "limit":
                return stop
        waits = not self._calls.is_open and not self._window.is_open
        most = round(self._measured.wait_s * machine.board.clock) if waits else None
        return machine.run(until=wanted, max_cycles=most)

    def _at(self, address: int, samples: Sequence[Sequence[bytes]]) -> None:
        """Handle all that begins or ends at `address`."""
        if address == self._main and self._main_cycles < 0:
            self._main_cycles = self._machine.cycles
        if address == self._reset and not self._calls.is_open:
            self._goes_on = False
        if address in self._others and self._calls.is_open:
            raise self._overlap(self._others[address])
        window = self._window
        if window is not self._calls:
            self._measure(window.ends(address))
            window.begins(address)
        ended = self._calls.ends(address)
        if ended is not None:
            self.result.calls.append(Call(self._outputs(), self._goes_on))
            self._goes_on = True
            if window is self._calls:
                self._measure(ended)
        if self._calls.begins(address) and len(self.result.calls) < len(samples):
            for tensor, data in zip(self._graph.inputs, samples[len(self.result.calls)], strict=True):
                self._machine.write(self._arena + self._memory.offsets[tensor], data)

    def _measure(self, span: Span | None) -> None:
        if span is not None:
            self.result.spans.append(span)

    def _outputs(self) -> tuple[bytes, ...]:
        return tuple(
            self._machine.read(
                self._arena + self._memory.offsets[tensor], self._graph.tensors[tensor].size_bytes
            )
            for tensor in self._graph.outputs
        )

    def _require_results(self, stop: Stop) -> None:
        """Raise LimitReached for firmware that came to `stop` before the first result of each kind."""
        measured, image = self._measured, self._machine.image
        if not self.result.calls:
            symbol, inside = f"{self._network}_invoke", self._calls.is_open
        elif not self.result.spans:
            symbol = measured.invoke or (measured.end if self._window.is_open else measured.begin)
            inside = bool(measured.invoke) and self._window.is_open
        else:
            return
        where = f"in {image.place(stop.pc)} after {self._machine.cycles:,} cycles"
        main = f"main after {self._main_cycles:,} cycles" if self._main_cycles >= 0 else "not even main"
        raise LimitReached(
            f"{symbol} {'did not return' if inside else 'was not reached'}: the firmware {self._end(stop)}, {where}; "
            f"it reached {main}",
            where=image.path,
            hint=f"{symbol} has to be called without input that the emulator does not give, and soon: wait= is the "
            "time of the board to wait for it",
        )

    def _end(self, stop: Stop) -> str:
        if stop.reason == "limit":
            waited = not self._calls.is_open and not self._window.is_open
            return f"ran for {format_seconds(self._measured.wait_s)} more" if waited else "ran on and on"
        return "ended itself" if stop.reason == "exit" else "sleeps, and nothing wakes it"

    def _overlap(self, other: str) -> FirmwareFault:
        machine = self._machine
        return FirmwareFault(
            f"{other}_invoke begins while {self._network}_invoke runs, but both networks use one arena "
            f"(after {machine.cycles:,} cycles)",
            where=machine.image.path,
            hint='call them one after the other, or give them arenas of their own: arena="own"',
        )
