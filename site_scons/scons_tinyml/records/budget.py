"""Budgets: limits on the resources of the firmware. None means no limit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from scons_tinyml.records.change_limits import parse_change
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.metric import DROP, MetricName
from scons_tinyml.records.printed import (
    ByteLimit,
    JoulesLimit,
    LeastFraction,
    MostFraction,
    SecondsLimit,
    WattsLimit,
)
from scons_tinyml.records.texts import Prose
from scons_tinyml.records.toml_file import Record

ACCURACY = "accuracy"
"""Metric whose limits have keys of their own."""


def _by_name(example: str) -> BeforeValidator:
    """Validator that makes the table of limits in text of the command line, 'f1:0.9,cost:3'; others are unchanged."""

    def table(given: object) -> object:
        if not isinstance(given, str):
            return given
        pairs = [part.partition(":") for part in given.split(",")]
        if not all(name and value for name, _, value in pairs):
            raise ValueError(
                f"found {given!r}; expected a name and a number, such as {example}, with commas between"
            )
        return {name: value for name, _, value in pairs}

    return BeforeValidator(table)


def _not_accuracy(limits: dict[str, float]) -> dict[str, float]:
    if ACCURACY in limits:
        raise ValueError(f"'{ACCURACY}' has keys of its own: {ACCURACY} and {ACCURACY}{DROP}")
    return limits


MetricLimits = Annotated[
    dict[MetricName, Annotated[float, Field(allow_inf_nan=False)]],
    _by_name("f1:0.9"),
    AfterValidator(_not_accuracy),
]


def _of_changes(given: dict[str, str]) -> dict[str, str]:
    for name, text in given.items():
        parse_change(name, text)
    return given


FigureName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
ChangeLimits = Annotated[dict[FigureName, str], _by_name("flash:1%"), AfterValidator(_of_changes)]


class BudgetLimits(Record):
    """Limits that one source (a model, a model on one board, a command line) sets."""

    flash: ByteLimit | None = Field(default=None, gt=0, description="the whole image")
    ram: ByteLimit | None = Field(default=None, gt=0, description="data, bss, arena and worst stack")
    latency: SecondsLimit | None = Field(
        default=None, gt=0, description="one inference, worse end of the band"
    )
    energy: JoulesLimit | None = Field(
        default=None,
        gt=0,
        description="one inference, estimated from the board's supply and the slow end of the band",
    )
    average_power: WattsLimit | None = Field(
        default=None,
        gt=0,
        description="with sleep between inferences, of which there are `inferences_per_hour`",
    )
    inferences_per_hour: Annotated[float, Field(gt=0, le=3.6e9)] | None = Field(
        default=None, description="no limit: the rate that average power is computed for"
    )
    accuracy: LeastFraction | None = Field(
        default=None, ge=0, le=1, description="minimum of the metric 'accuracy' of the deployed network"
    )
    accuracy_drop: MostFraction | None = Field(
        default=None, ge=0, le=1, description="maximum, float minus int8"
    )
    metrics: MetricLimits = Field(
        default_factory=dict,
        description="minimum, or maximum where lower values are better, of other metrics of the deployed network",
    )
    metric_drops: MetricLimits = Field(
        default_factory=dict, description="most by which a metric of int8 may be worse than that of float"
    )
    tolerances: ChangeLimits = Field(
        default_factory=dict,
        description="most by which flash, ram, latency, cycles and metrics may be worse than in the baseline of "
        "a comparison: a share such as 1%, or an amount such as 256B, 1ms or 0.005",
    )

    def by_resource(self) -> dict[str, float]:
        """Return the limits that are set, by the name of what they limit: 'flash', 'accuracy', 'f1', 'f1_drop'."""
        single = {name: getattr(self, name) for name in _SINGLE}
        drops = {f"{name}{DROP}": limit for name, limit in self.metric_drops.items()}
        found = {**single, **self.metrics, **drops}
        return {name: limit for name, limit in found.items() if limit is not None}

    def metric_names(self) -> dict[str, str]:
        """Return the metrics that limits are about, by the key that sets the limit."""
        own = {key: ACCURACY for key in (ACCURACY, f"{ACCURACY}{DROP}") if getattr(self, key) is not None}
        tables = {"metrics": self.metrics, "metric_drops": self.metric_drops}
        return own | {f"{key}.{name}": name for key, limits in tables.items() for name in limits}


_SINGLE = ("flash", "ram", "latency", "energy", "average_power", ACCURACY, f"{ACCURACY}{DROP}")


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
