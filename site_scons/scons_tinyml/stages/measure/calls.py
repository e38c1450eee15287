"""Checks after each call of a kernel: registers that it has to restore, and memory that is not its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scons_tinyml.emulator.machine import Machine
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.implementation import Implementation
from scons_tinyml.stages.plan.memory import MemoryPlan

_MARK = 0x6B65_7074
"""Content of registers that a call has to restore; the caller gets its own back."""


@dataclass(frozen=True)
class CalledKernel:
    """The kernel of a network of one layer, in an image with its arena at `arena`."""

    graph: Graph
    item: Implementation
    memory: MemoryPlan
    arena: int

    def follow(self, machine: Machine) -> str | None:
        """Run to each call in turn and to its end; return what the first wrong one did.

        All of the arena but outputs and scratch has to stay as it is, inputs too.
        """
        function = machine.symbol(self.item.function)
        for _ in range(self.item.images):
            machine.run_until(function)
            registers, before = machine.callee_saved(), self._kept_bytes(machine)
            marks = {
                name: value if name == "sp" else _MARK + n
                for n, (name, value) in enumerate(registers.items())
            }
            machine.set_callee_saved(marks)
            machine.run_until(machine.register("lr") & ~1)
            changed = [name for name, value in machine.callee_saved().items() if marks[name] != value]
            if changed:
                return f"does not restore {', '.join(changed)}"
            machine.set_callee_saved(registers)
            after = self._kept_bytes(machine)
            if after != before:
                place = next(offset for offset, value in enumerate(after) if value != before[offset])
                return f"writes to the arena outside of its output and scratch, at byte {place}"
        return None

    def _kept_bytes(self, machine: Machine) -> bytes:
        """Return the arena, with zeros where the kernel may write."""
        data = bytearray(machine.read(self.arena, self.memory.arena_bytes))
        for offset, size in self._own():
            data[offset : offset + size] = bytes(size)
        return bytes(data)

    def _own(self) -> Iterator[tuple[int, int]]:
        for tensor in self.graph.outputs:
            yield self.memory.offsets[tensor], self.graph.tensors[tensor].size_bytes
        yield self.memory.scratch_offsets[0], self.item.scratch_bytes
