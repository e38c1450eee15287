"""Metrics of networks, one file each, found by name: `f1` is f1.py.

Each has `compute(labels, outputs) -> float`, BETTER ('higher' or 'lower'), UNIT ('fraction', for values of 0 to 1, or
'number'), and TASKS. `labels` are those of `LabelledSamples`: int64 of shape (samples,), or float32 of shape (samples,
shape of an output...). `outputs` are float32 of shape (samples, shape of an output...), the real values of a network of
integers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.metric import OWN_FILE, Better, Metric
from scons_tinyml.records.model import Model
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.registry import Plugins

METRICS = Plugins("scons_tinyml.stages.metrics", provides="compute")


def check_metrics(model: Model, where: Path) -> None:
    """Raise InputError for a metric of `model`, in the file `where`, that there is not, or that its task has not."""
    for name, metric in model.metrics.items():
        if metric.file is not None:
            continue
        key = f"metrics.{name}"
        if metric.function not in METRICS:
            hint = f"a function of one's own is '{OWN_FILE}:{metric.function}'"
            problem = (
                f"there is no metric {metric.function!r}; {did_you_mean(metric.function, METRICS.names())}"
            )
            raise InputError(problem, where=where, key=key, hint=hint)
        tasks = METRICS.load(metric.function).TASKS
        if model.task not in tasks:
            problem = f"{metric.function} is a metric of a {' or '.join(tasks)}, and the task is {model.task}"
            raise InputError(problem, where=where, key=key)
        if metric.better is not None:
            problem = f"{metric.function} says itself which values are better: leave 'better' out"
            raise InputError(problem, where=where, key=key)


def better_of(metric: Metric) -> Better:
    """Return which values of `metric` are better."""
    return metric.better or cast(Better, METRICS.load(metric.function).BETTER)


def unit_of(metric: Metric) -> Literal["fraction", "number"]:
    """Return the unit of values of `metric`."""
    if metric.file is not None:
        return "number"
    return cast(Literal["fraction", "number"], METRICS.load(metric.function).UNIT)
