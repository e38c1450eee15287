"""Values of metrics, also of functions in a file of the project.

    def worst_class(labels: np.ndarray, outputs: np.ndarray) -> float:

`labels` are int64 of shape (samples,) that index the classes, or of a regression float32 of shape (samples, shape of an
output...). `outputs` are float32 of shape (samples, shape of an output...).
"""

from __future__ import annotations

from math import isfinite
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.metric import Metric
from scons_tinyml.records.paths import locate
from scons_tinyml.stages.metrics import METRICS
from scons_tinyml.stages.project_code import call, function_of, importing_from

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


def value_of(name: str, metric: Metric, labels: Array, outputs: Array, where: Path) -> float:
    """Return `metric`, which the file `where` calls `name`, of `outputs` for samples with `labels`.

    Raises InputError when a function of one's own fails, and for a value that is no finite number.
    """
    key = f"metrics.{name}"
    if metric.file is None:
        found = METRICS.load(metric.function).compute(labels, outputs)
    else:
        found = _of_project(locate(metric.file, where.parent, where=where, key=key), metric, labels, outputs)
    if not isinstance(found, Real) or not isfinite(found):
        shown = found if isinstance(found, Real) else type(found).__name__
        raise InputError(
            f"{metric.function} returned {shown}; expected a finite number", where=where, key=key
        )
    return float(found)


def _of_project(path: Path, metric: Metric, labels: Array, outputs: Array) -> Any:
    """Return what the function of the file `path` returns. It gets copies, which it may change."""
    with importing_from(path.parent, Path()):
        _, function = function_of(path, metric.function.rpartition(":")[2], "labels, outputs")
        return call(path, function, labels.copy(), outputs.copy())
