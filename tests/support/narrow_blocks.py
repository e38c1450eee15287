"""Blocks of assembly for Armv6-M as functions of their own."""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.stages.lowering.implementation import GeneratedCode
from scons_tinyml.stages.lowering.thumb.narrow import NarrowAssembler
from support.routines import CORTEX_M0PLUS, Assembled, assemble


def assembled(asm: NarrowAssembler, values: tuple[str, ...], folder: Path) -> Assembled:
    """Return a function that gets the values of the block as its arguments, in the order of `values`."""
    given = [value.split("*")[-1].split()[-1] for value in values]
    block = asm.block(given, "tried")
    declaration = f"void tried({', '.join(values)})"
    text = "\n".join([declaration, "{", *block.lines, "}", ""])
    return assemble(GeneratedCode(declaration, text), folder, CORTEX_M0PLUS)
