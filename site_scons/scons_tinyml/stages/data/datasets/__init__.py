"""Data sets, one file each, found by name: `animal-mnist` is animal_mnist.py.

Such a file has FILES, those of a package with the data, and `load() -> LabelledSamples`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.registry import Plugins

if TYPE_CHECKING:
    from scons_tinyml.stages.data.labelled import LabelledSamples

DATASETS = Plugins("scons_tinyml.stages.data.datasets", provides="load")


def names() -> list[str]:
    """Return the names of all data sets, as a model.toml writes them."""
    return sorted(name.replace("_", "-") for name in DATASETS.names())


def load(name: str, where: Path) -> LabelledSamples:
    """Return all samples of the data set `name`, which the file `where` names.

    Raises InputError for an unknown name and EnvironmentProblem when its data is not installed.
    """
    if name not in names():
        raise InputError(
            f"there is no data set {name!r}; {did_you_mean(name, names())}", where=where, key="dataset.name"
        )
    return cast("LabelledSamples", DATASETS.load(name).load())
