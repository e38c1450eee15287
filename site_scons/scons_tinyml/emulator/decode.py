"""Decoder of Thumb machine code into Instruction records, through capstone.

capstone names instructions and operands. This module adds their groups, and corrects the few facts that
capstone gets wrong or omits. Tests compare every decoded instruction with its effect in Unicorn.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from scons_tinyml.emulator.instruction import CONSTANT, PC, SP, Instruction, Kind, MemoryOperand

_KINDS = {
    Kind.MULTIPLY: "mul",
    Kind.MULTIPLY_ACCUMULATE: "mla mls",
    Kind.LONG_MULTIPLY: "umull smull",
    Kind.LONG_MULTIPLY_ACCUMULATE: "umlal smlal",
    Kind.DIVIDE: "sdiv udiv",
    Kind.LOAD: "ldr ldrb ldrh ldrsb ldrsh ldrt ldrbt ldrht ldrsbt ldrsht ldrex ldrexb ldrexh vldr",
    Kind.STORE: "str strb strh strt strbt strht strex strexb strexh vstr",
    Kind.LOAD_DOUBLE: "ldrd",
    Kind.STORE_DOUBLE: "strd",
    Kind.LOAD_MULTIPLE: "ldm ldmdb pop vldmia vldmdb vpop",
    Kind.STORE_MULTIPLE: "stm stmdb push vstmia vstmdb vpush",
    Kind.BRANCH: "b bl cbz cbnz",
    Kind.BRANCH_INDIRECT: "bx blx",
    Kind.TABLE_BRANCH: "tbb tbh",
    Kind.IT: "it",
    Kind.BARRIER: "dmb dsb isb",
    Kind.SPECIAL_REGISTER: "mrs msr cps",
    Kind.FP_MULTIPLY_ACCUMULATE: "vmla vmls vnmla vnmls vfma vfms vfnma vfnms",
    Kind.FP_DIVIDE: "vdiv vsqrt",
    Kind.FP_MOVE: "vmov vmrs vmsr fconsts fconstd fmstat",
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names.split()}
_WIDTHS = {"b": 1, "sb": 1, "h": 2, "sh": 2, "bt": 1, "ht": 2, "exb": 1, "exh": 2, "sbt": 1, "sht": 2}
_DECREMENTING = {"ldmdb", "stmdb", "push", "vldmdb", "vstmdb", "vpush"}
_MULTIPLE = {Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE}
_MEMORY = _MULTIPLE | {Kind.LOAD, Kind.STORE, Kind.LOAD_DOUBLE, Kind.STORE_DOUBLE, Kind.TABLE_BRANCH}
_ON_STACK = {"push", "pop", "vpush", "vpop"}
#: capstone omits the accumulators of _READS_RESULT and some sources of _READS_ALL.
_READS_RESULT = {"umlal", "smlal", "smlald", "smlaldx", "smlsld", "smlsldx", "umaal"}
_READS_RESULT |= {"smlalbb", "smlalbt", "smlaltb", "smlaltt"}
_READS_ALL = {"sxtab", "sxtab16", "sxtah", "uxtab", "uxtab16", "uxtah", "pkhbt", "pkhtb"}
_READS_ALL |= {"ssat", "usat", "ssat16", "usat16"}


@cache
def _capstone() -> Any:
    import capstone

    engine = capstone.Cs(
        capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS | capstone.CS_MODE_V8
    )
    engine.detail = True
    return engine


@cache
def _register_masks() -> dict[int, tuple[int, int]]:
    """Return (mask of core registers, mask of single-precision registers) by capstone register."""
    from capstone import arm

    core = [arm.ARM_REG_R0 + n for n in range(13)] + [arm.ARM_REG_SP, arm.ARM_REG_LR, arm.ARM_REG_PC]
    masks = {register: (1 << number, 0) for number, register in enumerate(core)}
    masks |= {arm.ARM_REG_S0 + n: (0, 1 << n) for n in range(32)}
    masks |= {arm.ARM_REG_D0 + n: (0, 3 << 2 * n) for n in range(16)}
    return masks


def decode_block(address: int, code: bytes) -> Iterator[Instruction]:
    """Yield instructions from `address` until one never falls through.

    IT blocks are yielded whole. Undefined code ends the sequence.
    """
    left_in_it = 0
    for raw in _capstone().disasm(code, address):
        instruction = _instruction(raw)
        conditional = left_in_it > 0
        left_in_it = instruction.it_count if instruction.kind is Kind.IT else max(left_in_it - 1, 0)
        yield instruction
        if instruction.ends_block and not conditional and not left_in_it:
            return


def _mask(registers: list[int]) -> tuple[int, int]:
    masks = [_register_masks().get(register, (0, 0)) for register in registers]
    core, fp = 0, 0
    for core_bits, fp_bits in masks:
        core, fp = core | core_bits, fp | fp_bits
    return core, fp


def _instruction(raw: Any) -> Instruction:
    name = raw.insn_name()
    kind = _KIND_OF.get(name, Kind.FP_ARITHMETIC if name.startswith("v") else Kind.DATA)
    read, written = raw.regs_access()
    reads, fp_reads = _mask(read)
    writes, fp_writes = _mask(written)
    if kind in {Kind.BRANCH, Kind.BRANCH_INDIRECT, Kind.TABLE_BRANCH}:
        writes |= 1 << PC
    elif kind is Kind.DATA and writes >> PC & 1:
        kind = Kind.BRANCH_INDIRECT
    memory, moved = _memory(raw, name, kind)
    if kind in _MULTIPLE:
        reads, writes, fp_reads, fp_writes = _multiple_masks(raw, kind, memory, (reads, writes))
    elif name in _READS_RESULT:
        reads |= writes
    elif name in _READS_ALL:
        reads |= _mask([operand.reg for operand in raw.operands[1:] if operand.type == _register_type()])[0]
    return Instruction(
        address=raw.address,
        size_bytes=raw.size,
        mnemonic=f"{raw.mnemonic} {raw.op_str}".strip(),
        kind=kind,
        reads=reads,
        writes=writes,
        fp_reads=fp_reads,
        fp_writes=fp_writes,
        memory=memory,
        registers=moved,
        base_update=_base_update(raw, name, memory, moved),
        sum=_sum(raw, name),
        operands=_factors(raw, kind),
        signed=name in {"sdiv", "smull", "smlal"},
        it_count=len(raw.mnemonic) - 1 if kind is Kind.IT else 0,
        needs=_needs(raw, name),
        ends_block=_ends_block(raw, name, kind, writes),
    )


def _base_update(raw: Any, name: str, memory: MemoryOperand | None, moved: int) -> int:
    """Return the number that write-back adds to the base register."""
    if memory is None or not (raw.writeback or name in _ON_STACK):
        return 0
    if memory.base == PC:
        return 0
    if name in _DECREMENTING:
        return -4 * moved
    if _KIND_OF[name] in _MULTIPLE:
        return 4 * moved
    operand = raw.operands[-1]
    if raw.post_index:
        return int(operand.imm if operand.type == _immediate_type() else operand.mem.disp)
    return int(operand.mem.disp)


def _sum(raw: Any, name: str) -> tuple[int, int, int] | None:
    """Return (destination, source, addend) of a MOV, ADD or SUB with a constant, else None."""
    sign = {"mov": 0, "movs": 0, "movw": 0, "add": 1, "adds": 1, "addw": 1, "sub": -1, "subs": -1, "subw": -1}
    operands = raw.operands
    if name not in sign or operands[0].type != _register_type() or _number(operands[0].reg) == PC:
        return None
    to, last = _number(operands[0].reg), operands[-1]
    if not sign[name]:
        if last.type == _immediate_type():
            return to, CONSTANT, int(last.imm)
        source, added = last, 0
    else:
        if last.type != _immediate_type():
            return None
        source, added = operands[-2], sign[name] * int(last.imm)
    if source.type != _register_type() or source.shift.value or _number(source.reg) == PC:
        return None
    return to, _number(source.reg), added


@cache
def _immediate_type() -> int:
    from capstone import arm

    return int(arm.ARM_OP_IMM)


@cache
def _register_type() -> int:
    from capstone import arm

    return int(arm.ARM_OP_REG)


def _ends_block(raw: Any, name: str, kind: Kind, writes: int) -> bool:
    """Return whether an instruction never falls through.

    BL comes back, and CBZ and conditional branches may fall through.
    """
    if kind is Kind.BRANCH:
        return bool(name == "b" and raw.cc in _ALWAYS)
    return bool(writes >> PC & 1)


def _needs(raw: Any, name: str) -> str | None:
    """Return the optional feature of the core that an instruction needs, or None."""
    if name.startswith(("v", "fconst", "fmstat")):
        return "fpu"
    return "dsp" if _dsp_groups() & set(raw.groups) else None


@cache
def _dsp_groups() -> frozenset[int]:
    from capstone import arm

    return frozenset({arm.ARM_GRP_THUMB2DSP, arm.ARM_GRP_T2EXTRACTPACK})


_ALWAYS = (0, 15)  # capstone: 15 is AL, 0 is 'no condition'


def _factors(raw: Any, kind: Kind) -> tuple[int, int]:
    """Return register numbers of the last two operands of a long multiply or a divide."""
    if kind not in {Kind.DIVIDE, Kind.LONG_MULTIPLY, Kind.LONG_MULTIPLY_ACCUMULATE}:
        return 0, 0
    first, second = (_number(operand.reg) for operand in raw.operands[-2:])
    return first, second


def _number(register: int) -> int:
    return _register_masks()[register][0].bit_length() - 1


def _memory(raw: Any, name: str, kind: Kind) -> tuple[MemoryOperand | None, int]:
    """Return the memory operand and the number of words moved."""
    if kind not in _MEMORY:
        return None, 1
    if kind in _MULTIPLE:
        return _multiple(raw, name)
    operand = next(operand for operand in raw.operands if operand.type == _memory_type())
    base = _number(operand.mem.base)
    words = 2 if kind in {Kind.LOAD_DOUBLE, Kind.STORE_DOUBLE} or _is_double(raw) else 1
    width = {"tbb": 1, "tbh": 2}.get(name) or _WIDTHS.get(name[3:], 4)
    if base == PC and kind is not Kind.TABLE_BRANCH:
        literal = (raw.address + 4 & ~3) + operand.mem.disp
        return MemoryOperand(base=PC, offset=literal, width_bytes=width), words
    index = _number(operand.mem.index) if operand.mem.index else None
    shift = 1 if name == "tbh" else operand.shift.value if index is not None else 0
    offset = 0 if raw.post_index else operand.mem.disp
    if base == PC:
        return MemoryOperand(PC, raw.address + 4, index, shift, width), words
    return MemoryOperand(base, offset, index, shift, width), words


@cache
def _memory_type() -> int:
    from capstone import arm

    return int(arm.ARM_OP_MEM)


def _is_double(raw: Any) -> bool:
    return bool(_register_masks().get(raw.operands[0].reg, (0, 0))[1].bit_count() == 2)


def _multiple(raw: Any, name: str) -> tuple[MemoryOperand, int]:
    registers = list(raw.operands)
    base = SP if name in _ON_STACK else _number(registers.pop(0).reg)
    words = sum(max(1, _register_masks()[operand.reg][1].bit_count()) for operand in registers)
    return MemoryOperand(base, -4 * words if name in _DECREMENTING else 0), words


def _multiple_masks(
    raw: Any, kind: Kind, memory: MemoryOperand | None, core: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Return the register masks of a load or store multiple.

    capstone omits single-precision registers and some write-backs.
    """
    base = 0 if memory is None else 1 << memory.base
    _, listed = _mask([operand.reg for operand in raw.operands])
    reads, writes = core[0] | base, core[1] | (base if raw.writeback or raw.insn_name() in _ON_STACK else 0)
    if kind is Kind.LOAD_MULTIPLE:
        return reads, writes, 0, listed
    return reads, writes, listed, 0
