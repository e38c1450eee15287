"""Versions of a network on the test split: confusion matrices or errors, and samples that they judge differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.quality import (
    MOST_BINS,
    MOST_CLASSES,
    MOST_DIFFERING,
    Differing,
    Histogram,
    Judged,
    Version,
)
from scons_tinyml.stages.data.labelled import LabelledSamples
from scons_tinyml.stages.metrics.classes import predicted

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

FURTHEST = 20
"""Samples of a regression that are listed: those where the versions are furthest apart."""
_SHOWN_VALUES = 1
"""Most outputs of a regression whose values are in the list."""


def judge(outputs: Mapping[Version, Array], test: LabelledSamples, networks: Mapping[Version, str]) -> Judged:
    """Return what the versions make of `test`; outputs are real values of shape (samples, shape of one...).

    `networks` has the SHA-256 of the file of each version.
    """
    found = _classified(outputs, test) if test.classes else _regressed(outputs, test)
    return found.model_copy(update={"networks": dict(networks)})


def _classified(outputs: Mapping[Version, Array], test: LabelledSamples) -> Judged:
    import numpy as np

    most = max(values.reshape(len(values), -1).shape[1] for values in outputs.values())
    names = (*test.classes, *(f"class {number}" for number in range(len(test.classes), most)))
    found = {version: predicted(values) for version, values in outputs.items()}
    differing: Array = np.array([], np.int64)
    if len(found) > 1:
        differing = np.flatnonzero(found["float"] != found["quantized"])
    is_shown = len(names) <= MOST_CLASSES
    return Judged(
        networks={},
        samples=len(test),
        classes=names,
        confusion={version: confusion(test.labels, one, len(names)) for version, one in found.items()}
        if is_shown
        else {},
        confusion_absent=None
        if is_shown
        else f"{len(names)} classes; it is written for {MOST_CLASSES} at most",
        errors={},
        differing=tuple(
            Differing(
                sample=int(sample),
                label=names[int(test.labels[sample])],
                judged={version: names[int(one[sample])] for version, one in found.items()},
                difference=_distances(outputs, [sample])[0],
            )
            for sample in differing[:MOST_DIFFERING]
        ),
        differing_samples=len(differing) if len(found) > 1 else None,
    )


def confusion(labels: Array, found: Array, classes: int) -> tuple[tuple[int, ...], ...]:
    """Return the numbers of samples by label (row) and class in `found` (column), of shape (classes, classes)."""
    import numpy as np

    places = np.asarray(labels, np.int64) * classes + np.asarray(found, np.int64)
    counts = np.bincount(places, minlength=classes * classes).reshape(classes, classes)
    return tuple(tuple(row) for row in counts.tolist())


def _regressed(outputs: Mapping[Version, Array], test: LabelledSamples) -> Judged:
    import numpy as np

    labels = test.labels.reshape(len(test), -1)
    errors = {
        version: values.reshape(len(test), -1).astype(np.float64) - labels
        for version, values in outputs.items()
    }
    furthest: list[int] = []
    if len(outputs) > 1:
        distances = _distances(outputs, range(len(test)))
        furthest = sorted(range(len(test)), key=lambda one: (-distances[one], one))[:FURTHEST]
    return Judged(
        networks={},
        samples=len(test),
        classes=(),
        confusion={},
        confusion_absent=None,
        errors=error_histograms(errors),
        differing=tuple(
            Differing(
                sample=one,
                label=_value(labels[one]),
                judged={version: _value(values[one].ravel()) for version, values in outputs.items()},
                difference=_distances(outputs, [one])[0],
            )
            for one in furthest
        ),
        differing_samples=None,
    )


def error_histograms(errors: Mapping[Version, Array]) -> dict[Version, Histogram]:
    """Return the histograms of `errors` on one axis, from the least to the greatest finite one of all versions."""
    import numpy as np

    finite = np.concatenate([found[np.isfinite(found)].ravel() for found in errors.values()])
    if not finite.size:
        return {}
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        return {
            version: Histogram(low=low, high=high, counts=(int(np.isfinite(found).sum()),))
            for version, found in errors.items()
        }
    return {
        version: Histogram(
            low=low,
            high=high,
            counts=tuple(np.histogram(found[np.isfinite(found)], MOST_BINS, (low, high))[0].tolist()),
        )
        for version, found in errors.items()
    }


def _distances(outputs: Mapping[Version, Array], samples: Sequence[int]) -> list[float]:
    """Return for each of `samples` the largest difference of an output; 0 where one is no number."""
    import numpy as np

    one, other = (np.asarray(outputs[name], np.float64) for name in ("float", "quantized"))
    return [float(np.nan_to_num(np.abs(one[place] - other[place]).max(), posinf=0)) for place in samples]


def _value(values: Array) -> str:
    return f"{float(values[0]):.6g}" if values.size <= _SHOWN_VALUES else f"{values.size} values"
