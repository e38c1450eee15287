"""Folders of compilations from .debug_info of DWARF 2 to 5 (sections 7.5 and 3.1.1), by the offset of their lines.

Programs of lines before version 5 do not name them. Compilers of version 5 use such programs, too.
"""

from __future__ import annotations

from scons_tinyml.emulator.line_tables import Cursor, DamagedTable, Steps, Strings

_STATEMENTS, _FOLDER = 0x10, 0x1B  # DW_AT_stmt_list, DW_AT_comp_dir
_STRING, _STRP, _LINE_STRP = 0x08, 0x0E, 0x1F
_SIZES = {
    0x0B: 1,
    0x05: 2,
    0x06: 4,
    0x07: 8,
    0x1E: 16,  # data1 to data16
    0x11: 1,
    0x12: 2,
    0x13: 4,
    0x14: 8,
    0x20: 8,  # ref1 to ref8, ref_sig8
    0x25: 1,
    0x26: 2,
    0x27: 3,
    0x28: 4,
    0x29: 1,
    0x2A: 2,
    0x2B: 3,
    0x2C: 4,  # strx1 to addrx4
    0x0C: 1,
    0x19: 0,
    0x21: 0,  # flag, flag_present, implicit_const
}
"""Bytes of forms of fixed size."""
_LEBS = {0x0F, 0x0D, 0x15, 0x1A, 0x1B, 0x22, 0x23}  # udata, sdata, ref_udata, strx, addrx, loclistx, rnglistx
_IMPLICIT = 0x21
_WHOLE, _PARTIAL = 1, 3
"""Types of units that have the attributes: DW_UT_compile and DW_UT_partial."""
_BLOCKS = {0x0A: 1, 0x03: 2, 0x04: 4}
_BLOCK, _EXPRESSION = 0x09, 0x18
_ADDRESS, _SECTION_OFFSET, _OTHER_UNIT = 0x01, 0x17, 0x10

Attributes = tuple[tuple[int, int], ...]
"""Names and forms of the attributes of an entry."""


def compilation_folders(info: bytes, abbreviations: bytes, strings: Strings, steps: Steps) -> dict[int, str]:
    """Return the folder of each compilation by the offset of its program of lines. Raises DamagedTable."""
    found: dict[int, str] = {}
    known: dict[tuple[int, int], Attributes] = {}
    cursor = Cursor(info, steps)
    while cursor.at < cursor.end:
        unit, offset_bytes = cursor.unit()
        version = unit.number(2)
        if not 2 <= version <= 5 or (version == 5 and unit.number(1) not in (_WHOLE, _PARTIAL)):
            continue
        address_bytes = unit.number(1) if version == 5 else 0
        table = unit.number(offset_bytes)
        address_bytes = address_bytes or unit.number(1)
        code = unit.leb()
        if (table, code) not in known:
            known[table, code] = _attributes(Cursor(abbreviations, steps, table), code)
        values = {
            name: _value(unit, form, offset_bytes, address_bytes, version, strings)
            for name, form in known[table, code]
        }
        lines, folder = values.get(_STATEMENTS), values.get(_FOLDER)
        if isinstance(lines, int) and isinstance(folder, str):
            found[lines] = folder
    return found


def _attributes(table: Cursor, wanted: int) -> Attributes:
    """Return the attributes that the abbreviation `wanted` stands for."""
    while code := table.leb():
        table.leb()  # tag
        table.skip(1)  # whether it has children
        attributes = []
        while any(pair := (table.leb(), table.leb())):
            attributes.append(pair)
            if pair[1] == _IMPLICIT:
                table.leb()  # the value, which all entries share
        if code == wanted:
            return tuple(attributes)
    raise DamagedTable(f"there is no abbreviation {wanted}")


def _value(
    unit: Cursor, form: int, offset_bytes: int, address_bytes: int, version: int, strings: Strings
) -> str | int:
    if form == _STRING:
        return unit.text()
    if form in (_STRP, _LINE_STRP):
        return strings.find(form, unit.number(offset_bytes), unit.steps)
    if form in _SIZES:
        return unit.number(_SIZES[form])
    if form == _SECTION_OFFSET:
        return unit.number(offset_bytes)
    if form == _ADDRESS:
        return unit.number(address_bytes)
    if form == _OTHER_UNIT:
        return unit.number(address_bytes if version == 2 else offset_bytes)
    if form in _LEBS:
        return unit.leb()
    if form in _BLOCKS or form in (_BLOCK, _EXPRESSION):
        unit.skip(unit.number(_BLOCKS[form]) if form in _BLOCKS else unit.leb())
        return 0
    raise DamagedTable(f"an attribute has the form {form:#x}")
