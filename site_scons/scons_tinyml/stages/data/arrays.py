"""Arrays of a project, of a file or a script, as labelled samples: types, shapes and classes are checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.network_limits import DATASET_CLASSES
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.stages.data.labelled import LabelledSamples
from scons_tinyml.stages.data.wanted import Wanted

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_NUMBERS = "buif"
_WHOLE = "bui"


def samples_of(
    values: Array,
    labels: Array | None,
    classes: Array | None,
    wanted: Wanted,
    *,
    where: Path,
    names: tuple[str, str],
) -> LabelledSamples:
    """Return `values` with `labels` as samples; `names` are those of the two in messages about the file `where`.

    A last size of 1 may be missing in the shape of a sample. Raises InputError.
    """
    taken = _values(values, wanted, where, names[0])
    if wanted.task == "none" or labels is None:
        return unlabelled(taken)
    if labels.shape[:1] != values.shape[:1]:
        raise InputError(
            f"has the shape {list(labels.shape)}; expected a label for each of {len(values):,} samples",
            where=where,
            key=names[1],
        )
    if wanted.task == "regression":
        return LabelledSamples(taken, _targets(labels, where, names[1]))
    return _classified(taken, labels, classes, where, names[1])


def unlabelled(values: Any) -> LabelledSamples:
    """Return samples without labels."""
    import numpy as np

    return LabelledSamples(values, np.zeros(len(values), np.int64))


def require_finite(values: Any, where: str | Path, key: str | None = None) -> None:
    """Raise InputError for a value that is infinite or no number."""
    import numpy as np

    if not np.isfinite(values).all():
        place = np.argwhere(~np.isfinite(values))[0].tolist()
        raise InputError(f"value {place} is not a finite number as float32", where=where, key=key)


def _values(values: Array, wanted: Wanted, where: Path, key: str) -> Any:
    import numpy as np

    if values.dtype.kind not in _NUMBERS:
        raise InputError(f"has the type {values.dtype}; expected numbers", where=where, key=key)
    shapes = [wanted.shape, wanted.shape[:-1]] if wanted.shape[-1:] == (1,) else [wanted.shape]
    if values.ndim == 0 or values.shape[1:] not in shapes:
        found = list(values.shape)
        expected = ", ".join(["samples", *map(str, wanted.shape)])
        raise InputError(f"has the shape {found}; input.shape needs [{expected}]", where=where, key=key)
    wanted.require_room(len(values), where)
    with np.errstate(over="ignore"):
        taken = np.ascontiguousarray(values, np.float32).reshape(len(values), *wanted.shape)
    require_finite(taken, where, key)
    return taken


def _targets(labels: Array, where: Path, key: str) -> Any:
    """Return the values that a regression has to give; one value a sample is an output of shape (1,)."""
    import numpy as np

    if labels.dtype.kind not in _NUMBERS:
        raise InputError(f"has the type {labels.dtype}; a regression needs numbers", where=where, key=key)
    with np.errstate(over="ignore"):
        targets = np.ascontiguousarray(labels, np.float32)
    require_finite(targets, where, key)
    return targets.reshape(-1, 1) if targets.ndim == 1 else targets


def _classified(values: Any, labels: Array, classes: Any, where: Path, key: str) -> LabelledSamples:
    import numpy as np

    if labels.ndim != 1:
        problem = f"has the shape {list(labels.shape)}; a classification needs the number of a class a sample"
        raise InputError(problem, where=where, key=key)
    if labels.dtype.kind == "U":
        return _named(values, labels, classes, where, key)
    if labels.dtype.kind not in _WHOLE:
        problem = f"has the type {labels.dtype}; classes are whole numbers from 0, or text"
        raise InputError(problem, where=where, key=key)
    count = len(classes) if classes is not None else int(labels.max(initial=-1)) + 1
    DATASET_CLASSES.require(count, where=where, key=key, error=InputError)
    numbers = labels.astype(np.int64)
    wrong = np.flatnonzero((numbers < 0) | (numbers >= count))
    if wrong.size:
        last = f" to {count - 1}" if classes is not None else ""
        problem = f"label {wrong[0]} is {numbers[wrong[0]]}; expected a class from 0{last}"
        raise InputError(problem, where=where, key=key)
    named = tuple(map(str, range(count) if classes is None else classes))
    return LabelledSamples(values, numbers, named)


def _named(values: Any, labels: Array, classes: Any, where: Path, key: str) -> LabelledSamples:
    """Return samples whose labels are text: names of `classes`, or of all that there are."""
    import numpy as np

    found, indices = np.unique(labels, return_inverse=True)
    names = tuple(map(str, found))
    known = names if classes is None else tuple(map(str, classes))
    DATASET_CLASSES.require(len(known), where=where, key=key, error=InputError)
    for name in names:
        if name not in known:
            raise InputError(f"there is no class {name!r}; {did_you_mean(name, known)}", where=where, key=key)
    numbers = np.array([known.index(name) for name in names], np.int64)
    return LabelledSamples(values, numbers[indices], known)
