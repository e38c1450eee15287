"""Cycles of a multiply-accumulate by the core's own instructions."""

from __future__ import annotations

from scons_tinyml.records.board import Board
from scons_tinyml.records.report import MultiplyBound

_SMLAD = bytes.fromhex("21fb0230")
_MLA = bytes.fromhex("01fb0230")
_MULS_ADDS = bytes.fromhex("48434018")
_VFMA = bytes.fromhex("a0ee810a")


def multiply_bound(board: Board, quantization: str) -> MultiplyBound | None:
    """Return what a multiply-accumulate costs on the core of `board`, by its timing model and at zero wait states.

    Integers: SMLAD, which computes two, where the core has it, else MLA, else MULS and ADDS. float32: VFMA. None for
    float32 without a unit for it. Encodings: ARMv7-M and ARMv6-M reference manuals.
    """
    from scons_tinyml.emulator.decode import decode_block
    from scons_tinyml.emulator.timing import timing_for

    found = _instructions(board, quantization)
    if found is None:
        return None
    code, macs = found
    decoded = tuple(decode_block(0, code))
    cost = timing_for(board.core_name).cost
    return MultiplyBound(
        instructions=" and ".join(one.mnemonic.split()[0] for one in decoded),
        cycles=sum(max(cost(one).cycles, 1) for one in decoded),
        macs=macs,
    )


def _instructions(board: Board, quantization: str) -> tuple[bytes, int] | None:
    """Return the code and the number of multiply-accumulates that it computes."""
    if quantization == "float":
        return (_VFMA, 1) if "fpu" in board.features else None
    if "dsp" in board.features:
        return _SMLAD, 2
    return (_MULS_ADDS, 1) if board.core_facts.architecture == "v6m" else (_MLA, 1)
