"""Run a linked network in the emulator, one inference at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.emulator.profile.counts import InstructionCost, costs_between
from scons_tinyml.emulator.stack import Stack
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import RecordError
from scons_tinyml.stages.graph.ir import Graph


@dataclass(frozen=True)
class Inference:
    """Outputs and cost of one inference."""

    outputs: tuple[bytes, ...]
    cycles: int
    instructions: int
    costs: tuple[InstructionCost, ...] = ()
    """Executions and cycles by instruction, where they were asked for."""


class NetworkImage:
    """An image whose main loop calls `<name>_invoke`, booted from its reset vector.

    `offsets` are the arena offsets of the tensors of `graph` in the generated image.
    """

    def __init__(
        self,
        board: Board,
        elf: Path,
        name: str,
        graph: Graph,
        offsets: Mapping[int, int],
        *,
        timing: bool = True,
    ) -> None:
        self._machine = Machine(board, timing=timing)
        self._machine.load(elf)
        self._graph = graph
        self._offsets = offsets
        self._invoke = self._machine.symbol(f"{name}_invoke")
        self.arena = self._machine.symbol(f"{name}_arena")
        self._stack = Stack(self._machine.symbol("__stack_limit"), self._machine.symbol("__stack_top"))
        self._machine.reset()
        self._stack.paint(self._machine)

    @property
    def machine(self) -> Machine:
        """The emulated machine of the image."""
        return self._machine

    def infer(
        self, inputs: Sequence[bytes], during: Callable[[], None] | None = None, *, costs: bool = False
    ) -> Inference:
        """Run to the next call of the network, write `inputs`, and run until it returns.

        `during` may run the machine up to the return. Cycles are counted from the first instruction of the call to
        the return; `costs` counts them by instruction, too. Raises FirmwareFault.
        """
        machine = self._machine
        machine.run_until(self._invoke)
        for tensor, data in zip(self._graph.inputs, inputs, strict=True):
            machine.write(self.arena + self._offsets[tensor], data)
        cycles, instructions = machine.cycles, machine.instructions
        end = machine.register("lr") & ~1
        before = machine.profile() if costs else ()
        if during is not None:
            during()
        machine.run_until(end)
        return Inference(
            outputs=tuple(self._read(tensor) for tensor in self._graph.outputs),
            cycles=machine.cycles - cycles,
            instructions=machine.instructions - instructions,
            costs=costs_between(before, machine.profile()) if costs else (),
        )

    def _read(self, tensor: int) -> bytes:
        return self._machine.read(self.arena + self._offsets[tensor], self._graph.tensors[tensor].size_bytes)

    def check_settings(self) -> None:
        """Raise RecordError if start-up code, already run, did not set up the board as in its file."""
        require_settings(self._machine)

    @property
    def stack_bytes(self) -> int:
        """Deepest use of the stack since reset."""
        return self._stack.used_bytes(self._machine)


def require_settings(machine: Machine) -> None:
    """Raise RecordError if the image, already run, did not set up the board as in its file."""
    differences = machine.differences()
    if differences:
        raise RecordError(
            f"start-up code cannot make the chip what this file says: {'; '.join(differences)}",
            where=f"boards/{machine.board.name}.toml",
        )
