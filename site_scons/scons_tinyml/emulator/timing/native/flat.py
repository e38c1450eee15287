"""Flat code for `shipped.py` of the object code that LLVM makes.

It runs on every processor of the level x86-64-v2, as NumPy does.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from llvmlite import binding as llvm

from scons_tinyml.emulator.timing.native import objects
from scons_tinyml.emulator.timing.native.shipped import HEADER, MAGIC
from scons_tinyml.records.errors import InternalError

PROCESSOR = "x86-64-v2"
_RELATIVE = (2, 4)
"""R_X86_64_PC32 and R_X86_64_PLT32 (System V ABI for AMD64, section 4.4): symbol + addend - place, 32 bits."""
_ALIGNMENT = 16
_MEMSET = """
define hidden ptr @memset(ptr %target, i32 %value, i64 %bytes) {
  %byte = trunc i32 %value to i8
  %ends = call { ptr, i64 } asm sideeffect "rep stosb", "={di},={cx},0,1,{al},~{memory},~{dirflag},~{flags}"(
    ptr %target, i64 %bytes, i8 %byte)
  ret ptr %target
}
"""
"""LLVM writes loops that clear memory as calls of memset, and flat code calls nothing outside of it."""


def flat_code(texts: Sequence[str]) -> bytes:
    """Return flat code of the LLVM modules `texts`, which define `objects.SYMBOL`."""
    llvm.initialize_native_asmparser()
    machine = objects.machine(PROCESSOR, "", reloc="pic", codemodel="small", jit=False)
    return flatten(objects.compiled([*texts, _MEMSET], machine, kept=("memset",)))


def flatten(code: bytes) -> bytes:
    """Return the sections of the object file `code` one after the other, with their relocations resolved.

    Raises InternalError for code that refers to anything outside of it, or to an absolute address.
    """
    elf = ELFFile(io.BytesIO(code))
    places, content = _laid_out(elf)
    symbols: Any = elf.get_section_by_name(".symtab")
    for section in elf.iter_sections():
        if isinstance(section, RelocationSection) and section["sh_info"] in places:
            for relocation in section.iter_relocations():
                symbol = symbols.get_symbol(relocation["r_info_sym"])
                place = places[section["sh_info"]] + relocation["r_offset"]
                if relocation["r_info_type"] not in _RELATIVE or symbol["st_shndx"] not in places:
                    raise InternalError(f"native code refers to '{symbol.name}' outside of it")
                value = places[symbol["st_shndx"]] + symbol["st_value"] + relocation["r_addend"] - place
                content[place : place + 4] = value.to_bytes(4, "little", signed=True)
    [entry] = symbols.get_symbol_by_name(objects.SYMBOL)
    HEADER.pack_into(content, 0, MAGIC, places[entry["st_shndx"]] + entry["st_value"])
    return bytes(content)


def _laid_out(elf: Any) -> tuple[dict[int, int], bytearray]:
    """Return the place of each section with code or constants by its number, and all their bytes.

    Tables for unwinding are left out: the code raises nothing.
    """
    places: dict[int, int] = {}
    content = bytearray(HEADER.size)
    for number, section in enumerate(elf.iter_sections()):
        if section["sh_type"] != "SHT_PROGBITS" or not section["sh_flags"] & SH_FLAGS.SHF_ALLOC:
            continue
        if section["sh_flags"] & SH_FLAGS.SHF_WRITE or section["sh_addralign"] > _ALIGNMENT:
            raise InternalError(
                f"native code has the section {section.name}, which cannot be mapped as it is"
            )
        content += bytes(-len(content) % _ALIGNMENT)
        places[number] = len(content)
        content += section.data()
    return places, content
