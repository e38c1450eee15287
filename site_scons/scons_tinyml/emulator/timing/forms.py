"""Forms of data processing that dual-issue cores distinguish, from the text of an instruction."""

from __future__ import annotations

import re
from enum import IntEnum, auto
from functools import cache

from scons_tinyml.emulator.instruction import Instruction, Kind


class Form(IntEnum):
    """Forms of data processing and multiply instructions."""

    OTHER = auto()
    SUM = auto()  # ADD, SUB, MOV without a shift
    SHIFT = auto()
    SHIFTED_LEFT = auto()  # second operand with LSL
    SHIFTED = auto()  # second operand with LSR, ASR, ROR, RRX
    SHIFTED_CONSTANT = auto()  # a modified immediate that is rotated into place
    MULTIPLY = auto()  # with or without accumulation
    PARALLEL = auto()
    PARALLEL_SATURATE = auto()  # with QADD, QSUB
    SATURATE = auto()  # SSAT, USAT
    DOUBLE = auto()  # QDADD, QDSUB
    DIFFERENCE = auto()  # USAD8, USADA8
    EXTEND = auto()
    EXTEND_ADD = auto()
    PACK = auto()
    EXTRACT = auto()  # UBFX, SBFX
    INSERT = auto()  # BFI, BFC
    REVERSE = auto()
    COUNT = auto()  # CLZ
    SELECT = auto()
    NOTHING = auto()  # NOP, IT


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NAMES = {
    Form.SUM: "add adds addw sub subs subw mov movs movw",
    Form.SHIFT: "lsl lsls lsr lsrs asr asrs ror rors",
    Form.PARALLEL_SATURATE: "qadd qsub",
    Form.SATURATE: "ssat usat ssat16 usat16",
    Form.DOUBLE: "qdadd qdsub",
    Form.DIFFERENCE: "usad8 usada8",
    Form.EXTEND: "sxtb sxth uxtb uxth sxtb16 uxtb16",
    Form.EXTEND_ADD: "sxtab sxtah sxtab16 uxtab uxtah uxtab16",
    Form.PACK: "pkhbt pkhtb",
    Form.EXTRACT: "ubfx sbfx",
    Form.INSERT: "bfi bfc",
    Form.REVERSE: "rev rev16 revsh rbit",
    Form.COUNT: "clz",
    Form.SELECT: "sel",
    Form.NOTHING: "nop yield",
}
_FORM_OF = {name: form for form, names in _NAMES.items() for name in names.split()}
_MULTIPLY = ("mul", "mla", "mls", "smu", "smm", "sml", "umu", "uml", "uma")
_PARALLEL = re.compile(r"(s|q|sh|u|uq|uh)(add16|add8|asx|sax|sub16|sub8)")
_WITH_OPERAND2 = _words("add adc sub sbc rsb and orr eor bic orn mvn mov cmp cmn tst teq")
_COMPARES = _words("cmp cmn tst teq")
_FLAG_SETTING = _WITH_OPERAND2 | _words("lsl lsr asr ror rrx mul")
_WITH_CARRY = _words("adc sbc rrx")
_SHIFTS = _words("lsl lsr asr ror rrx")
_CONDITIONS = _words("eq ne hs cs lo cc mi pl vs vc hi ls ge lt gt le")
_REGISTERS = {f"r{n}": n for n in range(16)} | {
    "sb": 9,
    "sl": 10,
    "fp": 11,
    "ip": 12,
    "sp": 13,
    "lr": 14,
    "pc": 15,
}


def _is_name(name: str) -> bool:
    stem = name.removesuffix("s")
    known = name in _FORM_OF or name in _WITH_OPERAND2 or stem in _FLAG_SETTING
    return known or name.startswith(_MULTIPLY) or _PARALLEL.fullmatch(name) is not None


def name_of(instruction: Instruction) -> str:
    """Return the mnemonic without width and condition."""
    name = instruction.mnemonic.split()[0].split(".")[0]
    stem, condition = name[:-2], name[-2:]
    exact = name in _FORM_OF or name in _COMPARES or name.removesuffix("s") in _FLAG_SETTING
    return stem if not exact and condition in _CONDITIONS and _is_name(stem) else name


def _operands(instruction: Instruction) -> list[str]:
    return [part for part in re.split(r"[\s,]+", instruction.mnemonic)[1:] if part]


def _register(text: str) -> int:
    """Return the mask of a core register, 0 for any other text."""
    return 1 << _REGISTERS[text] if text in _REGISTERS else 0


@cache
def form_of(instruction: Instruction) -> Form:
    """Return the form of a data processing or multiply instruction, OTHER for all others."""
    name = name_of(instruction)
    if instruction.kind is Kind.IT:
        return Form.NOTHING
    if instruction.memory is not None or not _is_name(name):
        return Form.OTHER
    if name.startswith(_MULTIPLY):
        return Form.MULTIPLY
    if _PARALLEL.fullmatch(name):
        return Form.PARALLEL_SATURATE if name.startswith(("q", "uq")) else Form.PARALLEL
    form = _FORM_OF.get(name, Form.OTHER)
    return _operand2_form(instruction, name) or form if form in {Form.OTHER, Form.SUM} else form


def _operand2_form(instruction: Instruction, name: str) -> Form | None:
    """Return the form of a second operand that is shifted, or None."""
    operands = _operands(instruction)
    shift = next((text for text in operands if text in _SHIFTS), None)
    if shift is not None:
        return Form.SHIFTED_LEFT if shift == "lsl" else Form.SHIFTED
    modified = name in _WITH_OPERAND2 or name.removesuffix("s") in _WITH_OPERAND2
    if modified and operands[-1].startswith("#") and _is_rotated(int(operands[-1][1:], 0) & 0xFFFFFFFF):
        return Form.SHIFTED_CONSTANT
    return None


def _is_rotated(value: int) -> bool:
    """Return whether a constant needs a rotation (ARMv7-M ARM, A5.3.2).

    The four patterns of a byte need none.
    """
    low, second = value & 0xFF, value >> 8 & 0xFF
    return value not in {low, low * 0x10001, second * 0x1000100, low * 0x1010101}


def shifted_register(instruction: Instruction) -> int:
    """Return the mask of the registers that go through the shifter."""
    form, operands = form_of(instruction), _operands(instruction)
    if form in {Form.SHIFTED, Form.SHIFTED_LEFT}:
        place = next(number for number, text in enumerate(operands) if text in _SHIFTS)
        return _register(operands[place - 1])
    if form in {Form.PACK, Form.EXTEND_ADD}:
        return _register(operands[2])
    if form is Form.INSERT:
        return _register(operands[1])
    return instruction.reads if form in {Form.EXTRACT, Form.REVERSE, Form.SATURATE, Form.DOUBLE} else 0


def accumulator(instruction: Instruction) -> int:
    """Return the mask of the accumulator of a multiply, or of an extend and add."""
    form, operands = form_of(instruction), _operands(instruction)
    if form is Form.EXTEND_ADD:
        return _register(operands[1])
    if form is not Form.MULTIPLY:
        return 0
    if instruction.writes.bit_count() == 2:
        return 0 if name_of(instruction) in {"smull", "umull"} else instruction.writes
    return _register(operands[3]) if len(operands) > 3 else 0


def sets_flags(instruction: Instruction) -> bool:
    """Return whether a data processing instruction writes the condition flags."""
    name = name_of(instruction)
    return name in _COMPARES or (name.endswith("s") and name[:-1] in _FLAG_SETTING)


def reads_flags(instruction: Instruction) -> bool:
    """Return whether an instruction computes with the carry or the parallel flags.

    Conditions of IT blocks do not count.
    """
    name = name_of(instruction)
    return name.removesuffix("s") in _WITH_CARRY or name == "sel"
