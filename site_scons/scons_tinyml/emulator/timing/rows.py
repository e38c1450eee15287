"""Rows of numbers for native code: decoded instructions, their costs and their operands."""

from __future__ import annotations

from typing import Any

from scons_tinyml.emulator.instruction import Instruction, Kind
from scons_tinyml.emulator.timing.pipe import Pipe
from scons_tinyml.emulator.traces import Operand, Timed

LOAD, STORE = 1, 2
_LOADS = {Kind.LOAD, Kind.LOAD_DOUBLE, Kind.LOAD_MULTIPLE, Kind.TABLE_BRANCH}
_WITH_RESULT = {Kind.FP_ARITHMETIC, Kind.FP_MULTIPLY_ACCUMULATE, Kind.FP_DIVIDE}
_ALWAYS, _PERHAPS = 1, 2
_NOT_PC = 0x7FFF


def register_ids() -> tuple[int, ...]:
    """Return Unicorn's ids of r0 to r15."""
    from unicorn import arm_const

    low = [arm_const.UC_ARM_REG_R0 + number for number in range(13)]
    return (*low, arm_const.UC_ARM_REG_SP, arm_const.UC_ARM_REG_LR, arm_const.UC_ARM_REG_PC)


def write_row(row: Any, timed: Timed) -> None:
    """Fill a ROW from `timed`."""
    instruction, cost = timed.instruction, timed.cost
    row["cycles"], row["long_cycles"], row["refill"] = cost.cycles, cost.long_cycles, cost.refill
    row["size_bytes"] = instruction.size_bytes
    row["it_bytes"] = timed.it_bytes
    row["one_cycle"] = timed.one_cycle
    row["pipelines"] = cost.pipelines
    row["fp"] = bool(instruction.fp_reads | instruction.fp_writes) or instruction.kind.name.startswith("FP_")
    row["fp_reads"] = instruction.fp_reads
    row["fp_results"] = instruction.fp_writes if instruction.kind in _WITH_RESULT else 0
    row["addressed"] = timed.addressed
    if instruction.writes_pc:
        row["branch"] = _ALWAYS if instruction.ends_block and not timed.conditional else _PERHAPS
    if instruction.memory is None:
        row["memory"], row["computes"] = 0, instruction.writes & _NOT_PC
    else:
        _write_memory(row, timed)
    if cost.scoreboard is not None:
        _write_scoreboard(row, instruction, cost.scoreboard)
    row["rule"] = cost.rule


def _write_scoreboard(row: Any, instruction: Instruction, pipe: Pipe) -> None:
    for name in ("unit", "result", "hoists", "late_for_first", "late_load", "slow_reads"):
        row[name] = getattr(pipe, name)
    for name in ("sets_flags", "reads_flags"):
        row[name] = getattr(pipe, name)
    for name in (
        "fp_result",
        "fp_result_to_accumulator",
        "fp_accumulates",
        "fp_blocks",
        "fp_after_accumulate",
    ):
        row[name] = getattr(pipe, name)
    row["stage_reads"] = [mask & _NOT_PC for mask in pipe.reads]
    updated = 1 << instruction.memory.base if instruction.memory and instruction.base_update else 0
    row["writes"] = instruction.writes & ~updated & _NOT_PC
    row["fp_writes"] = instruction.fp_writes


def _write_memory(row: Any, timed: Timed) -> None:
    instruction = timed.instruction
    memory = instruction.memory
    assert memory is not None
    is_load = instruction.kind in _LOADS
    row["memory"] = LOAD if is_load else STORE
    row["loads"] = instruction.writes & ~instruction.address_reads & _NOT_PC if is_load else 0
    row["updates"] = 1 << memory.base if instruction.base_update else 0
    row["address_reads"] = instruction.address_reads
    row["width_bytes"] = memory.width_bytes
    row["words"] = instruction.registers


def operand_values(operand: Operand) -> tuple[Any, ...]:
    """Return the fields of an OPERAND."""
    instruction = operand.timed.instruction
    memory = instruction.memory
    return (
        -1 if operand.base.register is None else operand.base.register,
        -1 if operand.index.register is None else operand.index.register,
        operand.shift,
        instruction.registers if memory else 0,
        memory.width_bytes if memory else 0,
        operand.timed.cost.rule,
        instruction.signed,
        operand.base.late,
        operand.index.late,
        operand.base.slot is not None,
        operand.index.slot is not None,
        instruction.address,
        operand.offset,
        operand.base.slot or 0,
        operand.index.slot or 0,
    )
