"""Budgets: limits on the resources of the firmware. None means no limit."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import Field, ValidationError

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.printed import ByteLimit, LeastFraction, MostFraction, SecondsLimit
from scons_tinyml.records.texts import Prose
from scons_tinyml.records.toml_file import Record


class BudgetLimits(Record):
    """Limits that one source (a model, a model on one board, a command line) sets."""

    flash: ByteLimit | None = Field(default=None, gt=0, description="the whole image")
    ram: ByteLimit | None = Field(default=None, gt=0, description="data, bss, arena and worst stack")
    latency: SecondsLimit | None = Field(
        default=None, gt=0, description="one inference, worse end of the band"
    )
    accuracy: LeastFraction | None = Field(
        default=None, ge=0, le=1, description="minimum of the deployed network"
    )
    accuracy_drop: MostFraction | None = Field(
        default=None, ge=0, le=1, description="maximum, float minus int8"
    )


class Budgets(BudgetLimits):
    """Limits of a model on all boards, and `boards` for single ones."""

    boards: dict[Prose, BudgetLimits] = Field(default_factory=dict)


def split_limits(text: str) -> dict[str, str]:
    """Return the options in text such as 'flash=48 KiB ram=12KiB' by name; a value may contain spaces."""
    parts = re.split(r"\s+(?=\w+=)", text.strip())
    return dict(part.split("=", 1) for part in parts if part)


def limits_from_options(options: Mapping[str, str]) -> BudgetLimits:
    """Return the limits in command-line `options`. Raises InputError, which names option and valid values."""
    try:
        return BudgetLimits.model_validate(options)
    except ValidationError as error:
        problem = error.errors()[0]
        key, message = str(problem["loc"][0]), str(problem["msg"]).removeprefix("Value error, ")
        if problem["type"] != "value_error":
            message = f"found {options[key]!r}; {message[0].lower()}{message[1:]}"
        raise InputError(message, where="command line", key=key) from None
