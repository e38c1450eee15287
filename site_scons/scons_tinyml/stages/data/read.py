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
from scons_tinyml.stages.data.kept import keep_classes
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits
from scons_tinyml.stages.data.reading import read_one_part, read_path
from scons_tinyml.stages.data.scaling import scaled
from scons_tinyml.stages.data.script import run_script
from scons_tinyml.stages.data.split import one_against_rest, splits_of
from scons_tinyml.stages.data.wanted import ALL, Parts, Wanted
from scons_tinyml.stages.data.windows import windows_of


def read_splits(model: Model, where: Path, outside: Sequence[Path] = ()) -> Splits:
    """Return the data set of `model`, which the file `where` describes, in three splits.

    Paths in it lead to files of the project, or in a folder of `outside`. Raises InputError for a data set, path, class
    or shape that is not as described, EnvironmentProblem for data or a package that is not installed.
    """
    return of_variant(read_unscaled(model, where, outside), model, where)


def read_unscaled(model: Model, where: Path, outside: Sequence[Path] = ()) -> Splits:
    """Return the splits that all variants of `model` are made of: with all classes, and pictures as they are read."""
    dataset = model.dataset
    assert dataset is not None
    parts = _read(model, dataset, where, tuple(outside))
    return splits_of(parts, dataset, where, trains=model.training is not None)


def of_variant(splits: Splits, model: Model, where: Path) -> Splits:
    """Return unscaled `splits` as the network of `model` gets them: with its classes, in the shape of its input."""
    dataset = model.dataset
    assert dataset is not None
    splits = keep_classes(splits, dataset.classes, where)
    if dataset.positive_class is not None:
        splits = _binary(splits, dataset, where)
    if dataset.shape is None or model.input is None:
        return splits
    return scaled(splits, model.input.shape, where)


def _read(model: Model, dataset: Dataset, where: Path, outside: tuple[Path, ...]) -> Parts:
    shape = dataset.shape or (model.input.shape if model.input else None)
    if dataset.name is not None:
        return {ALL: _shipped(model, dataset, dataset.name, shape, where)}
    if shape is None:
        raise InputError("missing: samples have its shape", where=where, key="input.shape")

    def found(key: str, text: str) -> Path:
        return locate(text, where.parent, where=where, key=f"dataset.{key}", outside=outside)

    wanted = Wanted.of(dataset, shape, model.task, where, outside)
    if dataset.script is not None:
        return run_script(found("script", dataset.script), dataset.seed, wanted)
    if dataset.path is not None:
        return read_path(found("path", dataset.path), wanted)
    given = {key: getattr(dataset, key) for key in SPLITS}
    return {key: read_one_part(found(key, text), wanted, key) for key, text in given.items() if text}


def _shipped(
    model: Model, dataset: Dataset, name: str, shape: tuple[int, ...] | None, where: Path
) -> LabelledSamples:
    data = load(name, where)
    if shape is not None and dataset.window is not None:
        return windows_of(data, Wanted.of(dataset, shape, model.task, where), name)
    found = data.values.shape[1:]
    if shape is not None and shape != found:
        raise InputError(
            f"found {list(shape)}; samples of {name} have {list(found)}",
            where=where,
            key="dataset.shape" if dataset.shape else "input.shape",
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
