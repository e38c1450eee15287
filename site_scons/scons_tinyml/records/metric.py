"""Metrics of a model.toml: which figures of a network are computed on the test split, and what they are called.

[metrics]
accuracy = "balanced_accuracy"
f1 = "f1"
worst = { function = "metrics.py:worst_class", better = "higher" }
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from scons_tinyml.records.paths import relative_path
from scons_tinyml.records.toml_file import Record

Better = Literal["higher", "lower"]
"""Which values of a metric are better."""
OWN_FILE = "metrics.py"
"""File of the examples in messages."""
DROP = "_drop"
"""End of the name of the limit on what int8 may lose of a metric."""
_RESERVED = ("flash", "ram", "latency", "region", "agreement", "evidence", "bit_exactness")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_OWN = re.compile(r"[^:]+\.py:[A-Za-z_][A-Za-z0-9_]*")
_BUILT_IN = re.compile(r"[a-z][a-z0-9_]*")


def metric_name(text: str) -> str:
    """Return `text`. Raises ValueError if it is no name of a metric, or that of another figure of a report."""
    if not _NAME.fullmatch(text):
        raise ValueError("the name of a metric has at most 40 of a-z, 0-9 and _, and begins with a letter")
    if text in _RESERVED or text.endswith(DROP):
        raise ValueError(f"no metric can be called {text!r}: reports have another figure of this name")
    return text


def _function(text: str) -> str:
    if _OWN.fullmatch(text):
        relative_path(text.rpartition(":")[0])
    elif not _BUILT_IN.fullmatch(text):
        raise ValueError(
            f"{text!r} is neither the name of a metric nor a function of a file, '{OWN_FILE}:name'"
        )
    return text


MetricName = Annotated[str, AfterValidator(metric_name)]
"""Name of a metric in a model.toml, in limits and in reports."""
MetricFunction = Annotated[str, AfterValidator(_function)]
"""Name of a metric that is shipped, or a file of the project with the name of a function in it."""


class Metric(Record):
    """A figure of a network: a function of labels and outputs."""

    function: MetricFunction = Field(
        description="name of a metric, or 'FILE.py:NAME' for a function (labels, outputs) -> float of one's own"
    )
    better: Better | None = Field(
        default=None, description="which values are better, for a function of one's own"
    )

    @property
    def file(self) -> str | None:
        """File of a function of one's own, relative to the model.toml; None for a metric that is shipped."""
        return self.function.rpartition(":")[0] or None

    @model_validator(mode="after")
    def _says_which_is_better(self) -> Metric:
        if self.file is not None and self.better is None:
            raise ValueError(f'{self.function} needs better = "higher" or "lower" beside it')
        return self


def _from_text(value: Any) -> Any:
    """Return the table of a metric that is only named."""
    return {"function": value} if isinstance(value, str) else value


MetricEntry = Annotated[Metric, BeforeValidator(_from_text, json_schema_input_type=str | Metric)]
