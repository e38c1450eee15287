"""Decoded instructions and their costs as the numbers that native code reads."""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.instruction import PC, SP, Instruction, Kind
from scons_tinyml.emulator.timing.interface import Cost, Rule

LOAD, STORE = 1, 2
_LOADS = {Kind.LOAD, Kind.LOAD_DOUBLE, Kind.LOAD_MULTIPLE, Kind.TABLE_BRANCH}
_WITH_RESULT = {Kind.FP_ARITHMETIC, Kind.FP_MULTIPLY_ACCUMULATE, Kind.FP_DIVIDE}
_NO_REGISTER = -1


def register_ids() -> tuple[int, ...]:
    """Unicorn's ids of r0 to r15."""
    from unicorn import arm_const

    low = [arm_const.UC_ARM_REG_R0 + number for number in range(13)]
    return (*low, arm_const.UC_ARM_REG_SP, arm_const.UC_ARM_REG_LR, arm_const.UC_ARM_REG_PC)


class RowWriter:
    """Fills rows of one machine. `slow_ram` says that some RAM has wait states, so that every address matters."""

    def __init__(self, *, slow_ram: bool) -> None:
        self._slow_ram = slow_ram
        self._ids = register_ids()

    def write(self, row: Any, instruction: Instruction, cost: Cost, it_bytes: int) -> None:
        """Fill `row`; `it_bytes` is what follows of the IT block that the instruction is in or starts."""
        row["cycles"] = cost.cycles
        row["long_cycles"] = cost.long_cycles
        row["refill"] = cost.refill
        row["size_bytes"] = instruction.size_bytes
        row["it_bytes"] = it_bytes
        row["wide_unaligned"] = instruction.size_bytes == 4 and instruction.address & 2
        row["pipelines"] = cost.pipelines
        row["signed"] = instruction.signed
        row["fp"] = bool(instruction.fp_reads | instruction.fp_writes) or instruction.kind.name.startswith(
            "FP_"
        )
        row["fp_reads"] = instruction.fp_reads
        row["fp_results"] = instruction.fp_writes if instruction.kind in _WITH_RESULT else 0
        row["first"], row["second"] = (self._ids[number] for number in instruction.operands)
        if instruction.memory is None:
            row["computes"] = instruction.writes
        else:
            self._write_memory(row, instruction)
        row["simple"] = cost.rule is Rule.FIXED and not (row["memory"] or row["fp"] or row["wide_unaligned"])
        row["rule"] = cost.rule

    def write_undefined(self, row: Any) -> None:
        """A halfword that is no instruction: Unicorn faults on it right after the step."""
        row["rule"], row["cycles"], row["size_bytes"] = Rule.FIXED, 1, 2

    def _write_memory(self, row: Any, instruction: Instruction) -> None:
        memory = instruction.memory
        assert memory is not None
        is_load = instruction.kind in _LOADS
        row["memory"] = LOAD if is_load else STORE
        row["loads"] = instruction.writes & ~instruction.address_reads if is_load else 0
        row["address_reads"] = instruction.address_reads
        row["width_bytes"] = memory.width_bytes
        row["words"] = instruction.registers
        row["base"] = _NO_REGISTER if memory.base == PC else self._ids[memory.base]
        row["index"] = _NO_REGISTER if memory.index is None else self._ids[memory.index]
        row["shift"] = memory.shift
        row["offset"] = memory.offset
        # The stack is RAM, and the write buffer hides stores: without slow RAM neither address changes anything.
        row["addressed"] = self._slow_ram or (is_load and memory.base != SP)
