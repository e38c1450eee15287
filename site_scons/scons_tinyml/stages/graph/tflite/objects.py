"""Objects of a whole flatbuffer. A complete check comes first, so that a small file cannot fill memory.

The generated object interface follows every offset. Offsets that repeatedly lead to the same bytes would turn
a file of some kilobytes into gigabytes.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from scons_tinyml.stages.graph.tflite.flatbuffer import Flatbuffer, Table, damage
from scons_tinyml.stages.graph.tflite.schema import enum_names, schema

_UNIONS = {
    "BuiltinOptions": ("BuiltinOptionsType", "BuiltinOptions"),
    "BuiltinOptions2": ("BuiltinOptions2Type", "BuiltinOptions2"),
    "Details": ("DetailsType", "QuantizationDetails"),
    "ArraySegments": ("ArraySegmentsType", "SparseIndexVector"),
    "ArrayIndices": ("ArrayIndicesType", "SparseIndexVector"),
}
"""Union fields: the field with the type, and the enum of its values."""


def unpacked(data: bytes, where: Path | None = None) -> Any:
    """Return the file `where` with the bytes `data` as a `ModelT` of the generated schema module.

    Raises Damaged, and ModelFileError for more tables or numbers than their limits.
    """
    file = Flatbuffer(data, where)
    _walk(file, file.root())
    return file.objects()


def packed(model: Any) -> bytes:
    """Return the bytes of a `.tflite` file from a `ModelT`."""
    from flatbuffers import Builder

    builder = Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _walk(file: Flatbuffer, table: Table) -> None:
    for name, kind in _members(type(table).__name__):
        if kind == "numbers":
            file.blob(table, name)
        elif kind == "tables":
            _walk_all(file, file.tables(table, name))
        elif name in _UNIONS:
            _walk_all(file, [_union(file, table, name)])
        else:
            _walk_all(file, [file.part(table, name)])


def _walk_all(file: Flatbuffer, parts: Any) -> None:
    for part in parts:
        if hasattr(part, "Init"):
            _walk(file, part)


def _union(file: Flatbuffer, table: Table, name: str) -> Table | None:
    kind_field, enum = _UNIONS[name]
    kind = enum_names(enum).get(file.scalar(table, kind_field), "NONE")
    union = file.part(table, name)
    if kind == "NONE" or union is None:
        return None
    with damage():
        found = getattr(schema(), kind)()
        found.Init(union.Bytes, union.Pos)
    return found


@cache
def _members(table: str) -> tuple[tuple[str, str], ...]:
    """Return the fields of a generated class: its methods without helpers for vectors."""
    methods = {
        name
        for name in vars(getattr(schema(), table))
        if name[0].isupper() and not name.startswith(("Init", "GetRootAs"))
    }
    methods = {name for name in methods if not name.endswith("BufferHasIdentifier")}
    helpers = {f"{name}{end}" for name in methods for end in ("Length", "IsNone", "AsNumpy")}
    kinds = {name: "numbers" if f"{name}AsNumpy" in methods else "tables" for name in methods}
    return tuple(
        (name, kinds[name] if f"{name}Length" in methods else "one") for name in sorted(methods - helpers)
    )
