"""An axis of `[variants]` in a model.toml: the values that a variant of the network has to choose from.

[variants]
width = [1.0, 0.5, 0.75]
size = { from = 16, to = 28, step = 4 }
depth = { values = [1, 2, 3], default = 3 }
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    model_validator,
)

from scons_tinyml.records.toml_file import Record

MOST_VALUES = 64
"""Most values of an axis."""
_DIGITS = 9
"""Digits after the point of the values of a range."""
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+]{0,99}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}


def _word(text: str) -> str:
    if not _WORD.fullmatch(text):
        raise ValueError(f"{text!r} is no value of at most 100 of letters, digits, '_', '.' and '+'")
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("the name of an axis has at most 32 of a-z, 0-9 and _, and begins with a letter")
    return text


Value = bool | int | float | str
"""A value of an axis."""
AxisName = Annotated[str, AfterValidator(_name)]
_Value = StrictBool | StrictInt | StrictFloat | Annotated[str, AfterValidator(_word)]


class Axis(Record):
    """Values of one kind: truth values, numbers, or words."""

    values: tuple[_Value, ...] = Field(default=(), max_length=MOST_VALUES, description="the values")
    start: int | float | None = Field(default=None, alias="from", description="first value of a range")
    to: int | float | None = Field(default=None, description="largest value of a range")
    step: int | float | None = Field(default=None, gt=0, description="distance of the values of a range")
    default: _Value | None = Field(
        default=None,
        description="value of the model itself; left out, the first one. A built-in axis has none",
    )

    @model_validator(mode="after")
    def _has_values_of_one_kind(self) -> Axis:
        ends = (self.start, self.to, self.step)
        if bool(self.values) == any(end is not None for end in ends):
            raise ValueError(
                "expected values, such as [1.0, 0.5], or a range { from = 16, to = 28, step = 4 }"
            )
        if not self.values and None in ends:
            raise ValueError("a range needs 'from', 'to' and 'step'")
        if not self.values and not 1 <= self._count <= MOST_VALUES:
            raise ValueError(f"the range has {self._count:,} values; expected 1 to {MOST_VALUES}")
        if len({_kind(value) for value in self.values}) > 1:
            raise ValueError("the values are of several kinds; expected numbers, words, or true and false")
        if len(set(self.choices)) < len(self.choices):
            raise ValueError("has a value twice")
        if self.default is not None and self.default not in self.choices:
            raise ValueError(f"the default {shown(self.default)} is not {listed(self.choices)}")
        return self

    @property
    def _count(self) -> int:
        assert self.start is not None and self.to is not None and self.step is not None
        return int(round((self.to - self.start) / self.step, _DIGITS) + 1) if self.to >= self.start else 0

    @property
    def choices(self) -> tuple[Value, ...]:
        """All values; whole ones of a range are integers."""
        if self.values:
            return self.values
        assert self.start is not None and self.step is not None
        found = (round(self.start + number * self.step, _DIGITS) for number in range(self._count))
        return tuple(int(value) if value == int(value) else value for value in found)

    @property
    def first(self) -> Value:
        """Value of the model itself."""
        return self.choices[0] if self.default is None else self.default


def _from_list(value: Any) -> Any:
    """Return the table of an axis whose values are only listed."""
    return {"values": value} if isinstance(value, list | tuple) else value


AxisEntry = Annotated[Axis, BeforeValidator(_from_list, json_schema_input_type=tuple[_Value, ...] | Axis)]


def _kind(value: Value) -> type:
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


def shown(value: Value) -> str:
    """Return `value` as a command line and a path have it: 0.5, 20, yes, int8."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def listed(values: Sequence[Value]) -> str:
    """Return `values` as a sentence has them: '0.5, 0.75 or 1'."""
    *before, last = map(shown, values)
    return f"{', '.join(before)} or {last}" if before else last


def value_of(text: str, choices: Sequence[Value]) -> Value | None:
    """Return the one of `choices` that `text` of a command line means, None if there is none."""
    return next((value for value in choices if _means(text, value)), None)


def _means(text: str, value: Value) -> bool:
    if isinstance(value, bool):
        return _YES_NO.get(text) is value
    if isinstance(value, str):
        return text == value
    try:
        return float(text) == value
    except ValueError:
        return False
