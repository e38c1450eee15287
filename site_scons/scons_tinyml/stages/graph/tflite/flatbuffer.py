"""Reading tables of a flatbuffer that may be damaged: every part is compared with the file first.

The generated accessors check no offset. A damaged one makes them raise whatever Python raises there, or point
twice at the same bytes, so that a small file could unfold into gigabytes. `Flatbuffer` turns the first into
`Damaged`, and prevents the second by counting what was read against the size of the file.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from scons_tinyml.stages.graph.ir import OptionValue
from scons_tinyml.stages.graph.tflite.schema import enum_names, schema

_MAX_SHARING = 4
"""Bytes that may be read per byte of the file. Writers share vtables and a few vectors, but not all."""

_TABLE_BYTES = 16
"""Bytes that a table in a vector counts as: about twice the least that its offset and an empty table take."""

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
"""Options that hold a value of an enum; the generated classes say only that they are integers."""

_EMPTY_TABLE, _EMPTY_AT = b"\4\0\4\0\4\0\0\0", 4
"""A list of no fields and, at the offset, a table that has them: the schema's default is in every one."""


Table = Any
"""A table of the generated schema module, which has no types."""


class Damaged(Exception):
    """The bytes are not a TensorFlow Lite flatbuffer."""


class Flatbuffer:
    """The tables in `data`, with bounds."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._left_bytes = _MAX_SHARING * len(data)

    def root(self) -> Table:
        """The Model table."""
        with damage():
            return schema().Model.GetRootAs(self.data, 0)

    def scalar(self, table: Table, name: str) -> Any:
        """A number or truth value, or the schema's default."""
        with damage():
            return getattr(table, name)()

    def table(self, table: Table, name: str) -> Table | None:
        """A table inside of `table`, None when it is absent."""
        return self.scalar(table, name)

    def part(self, table: Table, name: str) -> Any:
        """The field `name` of any kind: a table, the bytes of a string, a number; None when it is absent."""
        found = self.scalar(table, name)
        if not isinstance(found, (bool, int, float)):
            self._spend(len(found) if isinstance(found, bytes) else _TABLE_BYTES)
        return found

    def objects(self) -> Any:
        """The file as a `ModelT`. Every offset is followed, so that the file has to be walked through before."""
        with damage():
            return schema().ModelT.InitFromObj(schema().Model.GetRootAs(self.data, 0))

    def text(self, table: Table, name: str) -> str:
        """A string, empty when it is absent."""
        with damage():
            raw: bytes = getattr(table, name)() or b""
            self._spend(len(raw))
            return raw.decode("utf-8")

    def numbers(self, table: Table, name: str) -> tuple[Any, ...]:
        """A vector of numbers, empty when it is absent."""
        return tuple(self._array(table, name).tolist()) if self._is_there(table, name) else ()

    def blob(self, table: Table, name: str) -> bytes:
        """A vector of bytes, empty when it is absent."""
        return bytes(self._array(table, name)) if self._is_there(table, name) else b""

    def tables(self, table: Table, name: str) -> tuple[Table, ...]:
        """A vector of tables, empty when it is absent."""
        with damage():
            length: int = getattr(table, f"{name}Length")()
            self._spend(length * _TABLE_BYTES)
            return tuple(getattr(table, name)(position) for position in range(length))

    def options(self, operator: Table, name: str) -> dict[str, OptionValue]:
        """Builtin options of the Operator table of an operator called `name`: in snake case, enum values by name.

        Where they are absent, as from writers that leave out a table of nothing but defaults, they are those of the
        table that is called like the operator, and none when there is no such table.
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
            return array

    def _spend(self, count: int) -> None:
        self._left_bytes -= count
        if self._left_bytes < 0:
            raise Damaged("its parts are larger than the file")


@contextmanager
def damage() -> Iterator[None]:
    """Turn errors that the generated accessors raise inside into Damaged."""
    try:
        yield
    except (struct.error, LookupError, TypeError, ValueError, OverflowError) as error:
        raise Damaged(str(error)) from None


@cache
def _options_table(operator: str) -> str:
    """'GeluOptions' for GELU; 'NONE' for operators whose options are those of several, or that have none."""
    tables = {name.lower(): name for name in enum_names("BuiltinOptions").values()}
    return tables.get(f"{operator.replace('_', '').lower()}options", "NONE")


@cache
def _fields(table: str) -> tuple[str, ...]:
    """Accessors of numbers, strings and vectors of numbers of the schema's table `table`."""
    members = vars(getattr(schema(), table))
    skipped = re.compile(r"Init|GetRootAs.*|.*(BufferHasIdentifier|Length|IsNone|AsNumpy)|_.*")
    names = [name for name in members if not skipped.fullmatch(name)]
    return tuple(name for name in names if f"{name}Length" not in members or f"{name}AsNumpy" in members)


def _snake_case(name: str) -> str:
    """'DilationWFactor' as the schema writes it: 'dilation_w_factor'."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
