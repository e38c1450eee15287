"""Read tables of a flatbuffer that may be damaged, with checks of every part against the file.

The generated accessors check no offset. A damaged one makes them raise various Python errors, or point twice
at the same bytes, so that a small file could unfold into gigabytes. `Flatbuffer` turns such errors into
`Damaged`, and limits the bytes read by the size of the file.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from scons_tinyml.records.network_limits import (
    BUFFERS,
    LAYERS,
    NUMBERS,
    SUBGRAPHS,
    TABLES,
    TENSORS,
    SizeLimit,
)
from scons_tinyml.stages.graph.ir import OptionValue
from scons_tinyml.stages.graph.tflite.schema import enum_names, schema

_MAX_SHARING = 4
"""Maximum number of bytes read per byte of the file. Writers share vtables and a few vectors."""

_TABLE_BYTES = 16
"""Bytes counted for a table in a vector: about twice the minimum of its offset and an empty table."""

_MOST_TABLES = {"Operators": LAYERS, "Tensors": TENSORS, "Buffers": BUFFERS, "Subgraphs": SUBGRAPHS}
"""Limits of the numbers of tables by the vectors that list them. Others are limited by TABLES."""

_OPTION_ENUMS = {
    "padding": "Padding",
    "fused_activation_function": "ActivationFunctionType",
    "weights_format": "FullyConnectedOptionsWeightsFormat",
    "mode": "MirrorPadMode",
    "in_data_type": "TensorType",
    "out_data_type": "TensorType",
    "out_type": "TensorType",
    "output_type": "TensorType",
    "idx_out_type": "TensorType",
    "quantized_bias_type": "TensorType",
}
"""Enums of options, which the generated classes type as integers."""

_MOST_CUSTOM_OPTIONS = 64

_EMPTY_TABLE, _EMPTY_AT = b"\4\0\4\0\4\0\0\0", 4
"""A vtable without fields, followed by its table: every field has the schema's default."""


Table = Any
"""A table of the generated schema module, which is untyped."""


class Damaged(Exception):
    """The bytes are not a TensorFlow Lite flatbuffer."""


class Flatbuffer:
    """The tables in `data`, the bytes of the file `where`, read with bounds checks.

    Methods raise Damaged, and ModelFileError for more tables or numbers than their limits.
    """

    def __init__(self, data: bytes, where: Path | None = None) -> None:
        self.data = data
        self._where = where
        self._left_bytes = _MAX_SHARING * len(data)
        self._found: Counter[str] = Counter()

    def root(self) -> Table:
        """Return the Model table."""
        with damage():
            return schema().Model.GetRootAs(self.data, 0)

    def scalar(self, table: Table, name: str) -> Any:
        """Return a number or truth value, or the schema's default."""
        with damage():
            return getattr(table, name)()

    def table(self, table: Table, name: str) -> Table | None:
        """Return a table inside of `table`, None when it is absent."""
        return self.scalar(table, name)

    def part(self, table: Table, name: str) -> Any:
        """Return the field `name`: a table, the bytes of a string, or a number; None when it is absent."""
        found = self.scalar(table, name)
        if not isinstance(found, (bool, int, float)):
            self._spend(len(found) if isinstance(found, bytes) else _TABLE_BYTES)
        return found

    def objects(self) -> Any:
        """Return the file as a `ModelT`.

        This follows every offset, so walk through the file with checks first.
        """
        with damage():
            return schema().ModelT.InitFromObj(schema().Model.GetRootAs(self.data, 0))

    def text(self, table: Table, name: str) -> str:
        """Return a string, empty when it is absent."""
        with damage():
            raw: bytes = getattr(table, name)() or b""
            self._spend(len(raw))
            return raw.decode("utf-8")

    def numbers(self, table: Table, name: str) -> tuple[Any, ...]:
        """Return a vector of numbers, empty when it is absent."""
        return tuple(self._array(table, name).tolist()) if self._is_there(table, name) else ()

    def blob(self, table: Table, name: str) -> bytes:
        """Return a vector of bytes, empty when it is absent."""
        return bytes(self._array(table, name)) if self._is_there(table, name) else b""

    def tables(self, table: Table, name: str) -> tuple[Table, ...]:
        """Return a vector of tables, empty when it is absent."""
        with damage():
            length: int = getattr(table, f"{name}Length")()
            self._spend(length * _TABLE_BYTES)
        self._count(name, length, _MOST_TABLES.get(name, TABLES))
        with damage():
            return tuple(getattr(table, name)(position) for position in range(length))

    def options(self, operator: Table, name: str) -> dict[str, OptionValue]:
        """Return the options of an Operator table of the operator `name`, in snake case, enum values by name.

        Writers leave out tables that hold only defaults. Absent options have the defaults of the options
        table named after the operator; without such a table the result is empty.
        """
        with damage():
            kind = enum_names("BuiltinOptions").get(operator.BuiltinOptionsType(), "NONE")
            union = operator.BuiltinOptions()
            bytes_at = (_EMPTY_TABLE, _EMPTY_AT) if union is None else (union.Bytes, union.Pos)
            if kind == "NONE":
                kind, bytes_at = _options_table(name), (_EMPTY_TABLE, _EMPTY_AT)
            if kind == "NONE":
                return {}
            table = getattr(schema(), kind)()
            table.Init(*bytes_at)
        return {_snake_case(name): self._option(table, name) for name in _fields(kind)}

    def custom_options(self, operator: Table) -> dict[str, OptionValue]:
        """Return the numbers and truth values among the options of a custom operator, a flexbuffer map."""
        data = self.blob(operator, "CustomOptions")
        if not data:
            return {}
        with damage():
            return flexbuffer_map(data)

    def _option(self, table: Table, name: str) -> OptionValue:
        if hasattr(table, f"{name}AsNumpy"):
            return self.numbers(table, name)
        value = self.scalar(table, name)
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        enum = _OPTION_ENUMS.get(_snake_case(name))
        if enum is not None and enum_names(enum).get(value) is None:
            raise Damaged(f"option {_snake_case(name)} has the value {value}, which {enum} does not have")
        return enum_names(enum)[value] if enum else value

    def _is_there(self, table: Table, name: str) -> bool:
        with damage():
            return not getattr(table, f"{name}IsNone")()

    def _array(self, table: Table, name: str) -> Any:
        with damage():
            array = getattr(table, f"{name}AsNumpy")()
            self._spend(array.nbytes)
        if array.itemsize > 1:
            self._count("numbers", len(array), NUMBERS)
        return array

    def _count(self, kind: str, count: int, limit: SizeLimit) -> None:
        self._found[kind] += count
        limit.require(self._found[kind], where=self._where)

    def _spend(self, count: int) -> None:
        self._left_bytes -= count
        if self._left_bytes < 0:
            raise Damaged("its parts are larger than the file")


@contextmanager
def damage() -> Iterator[None]:
    """Turn errors of the generated accessors inside of the block into Damaged."""
    try:
        yield
    except (struct.error, LookupError, TypeError, ValueError, OverflowError) as error:
        raise Damaged(str(error)) from None


def flexbuffer_map(data: bytes) -> dict[str, OptionValue]:
    """Return the numbers and truth values of a map in flexbuffer format; other values are left out.

    Raises ValueError or LookupError for other data.
    """
    from flatbuffers import flexbuffers

    root = flexbuffers.GetRoot(bytearray(data))
    if not root.IsMap:
        raise ValueError("options of a custom operator are not a map")
    keys, values = root.AsMap.Keys, root.AsMap.Values
    if len(keys) > _MOST_CUSTOM_OPTIONS:
        raise ValueError(
            f"a custom operator has {len(keys)} options, expected at most {_MOST_CUSTOM_OPTIONS}"
        )
    named = ((str(key.AsKey), value) for key, value in zip(keys, values, strict=True))
    return {name: value.Value for name, value in named if value.IsNumeric or value.IsBool}


@cache
def _options_table(operator: str) -> str:
    """Return the options table: 'GeluOptions' for GELU; 'NONE' if operators share it or there is none."""
    tables = {name.lower(): name for name in enum_names("BuiltinOptions").values()}
    return tables.get(f"{operator.replace('_', '').lower()}options", "NONE")


@cache
def _fields(table: str) -> tuple[str, ...]:
    """Return accessors of numbers, strings and vectors of numbers of the schema's table `table`."""
    members = vars(getattr(schema(), table))
    skipped = re.compile(r"Init|GetRootAs.*|.*(BufferHasIdentifier|Length|IsNone|AsNumpy)|_.*")
    names = [name for name in members if not skipped.fullmatch(name)]
    return tuple(name for name in names if f"{name}Length" not in members or f"{name}AsNumpy" in members)


def _snake_case(name: str) -> str:
    """Return `name` as in the schema: 'dilation_w_factor' for 'DilationWFactor'."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
