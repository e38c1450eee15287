"""The data set of a model.toml, ready for training and testing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scons_tinyml.records.dataset import SPLITS, Dataset
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.model import Model
from scons_tinyml.records.paths import locate
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.stages.data.datasets import load
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits
from scons_tinyml.stages.data.reading import read_one_part, read_path
from scons_tinyml.stages.data.script import run_script
from scons_tinyml.stages.data.split import one_against_rest, splits_of
from scons_tinyml.stages.data.wanted import ALL, Parts, Wanted
from scons_tinyml.stages.data.windows import windows_of


def read_splits(model: Model, where: Path, outside: Sequence[Path] = ()) -> Splits:
    """Return the data set of `model`, which the file `where` describes, in three splits.

    Paths in it lead to files of the project, or in a folder of `outside`. Raises InputError for a data set, path, class
    or shape that is not as described, EnvironmentProblem for data or a package that is not installed.
    """
    dataset = model.dataset
    assert dataset is not None
    parts = _read(model, dataset, where, tuple(outside))
    splits = splits_of(parts, dataset, where, trains=model.training is not None)
    return splits if dataset.positive_class is None else _binary(splits, dataset, where)


def _read(model: Model, dataset: Dataset, where: Path, outside: tuple[Path, ...]) -> Parts:
    if dataset.name is not None:
        return {ALL: _shipped(model, dataset.name, where)}
    if model.input is None:
        raise InputError("missing: samples have its shape", where=where, key="input.shape")

    def found(key: str, text: str) -> Path:
        return locate(text, where.parent, where=where, key=f"dataset.{key}", outside=outside)

    wanted = Wanted.of(dataset, model.input.shape, model.task, where, outside)
    if dataset.script is not None:
        return run_script(found("script", dataset.script), dataset.seed, wanted)
    if dataset.path is not None:
        return read_path(found("path", dataset.path), wanted)
    given = {key: getattr(dataset, key) for key in SPLITS}
    return {key: read_one_part(found(key, text), wanted, key) for key, text in given.items() if text}


def _shipped(model: Model, name: str, where: Path) -> LabelledSamples:
    data = load(name, where)
    if model.input is not None and model.dataset is not None and model.dataset.window is not None:
        return windows_of(data, Wanted.of(model.dataset, model.input.shape, model.task, where), name)
    shape = data.values.shape[1:]
    if model.input is not None and model.input.shape != shape:
        raise InputError(
            f"found {list(model.input.shape)}; samples of {name} have {list(shape)}",
            where=where,
            key="input.shape",
        )
    return data


def _binary(splits: Splits, dataset: Dataset, where: Path) -> Splits:
    positive, classes = dataset.positive_class, splits.test.classes
    if positive is None or positive not in classes:
        raise InputError(
            f"{dataset.origin} has no class {positive!r}; {did_you_mean(str(positive), classes)}",
            where=where,
            key="dataset.positive_class",
        )
    train, validation, test = (one_against_rest(part, positive) for part in splits.parts.values())
    return replace(splits, train=train, validation=validation, test=test)
