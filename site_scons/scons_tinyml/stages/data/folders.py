"""Folders of samples by class: `cat/*.png`, `walking/*.csv`, below `train/`, `validation/` and `test/` if these exist.

Files may lie deeper in the folder of their class. Hidden files are left out, and so are files beside the folders.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from scons_tinyml.records.dataset import SPLITS
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.network_limits import DATASET_CLASSES, DATASET_FILES
from scons_tinyml.records.paths import locate
from scons_tinyml.stages.data.arrays import unlabelled
from scons_tinyml.stages.data.labelled import LabelledSamples
from scons_tinyml.stages.data.readers import reader_of, suffixes
from scons_tinyml.stages.data.wanted import ALL, Parts, Wanted
from scons_tinyml.stages.progress import progress

_SPLIT_FOLDERS = {**{name: name for name in SPLITS}, "val": "validation"}


def read_folder(path: Path, wanted: Wanted) -> Parts:
    """Return the samples in the folder `path`. Raises InputError, which names the file."""
    if wanted.task == "none":
        return {ALL: unlabelled(_values(list(files_below(path, wanted)), path, wanted)[0])}
    if wanted.task != "classification":
        raise InputError(
            f"a folder gives the class of a sample, and the task is a {wanted.task}",
            where=path,
            hint="give an .npz file, or a script",
        )
    folders = _folders(path)
    splits = [folder for folder in folders if folder.name in _SPLIT_FOLDERS]
    if not splits or len(splits) < len(folders):
        return {ALL: _classified(path, folders, wanted)}
    names = [_SPLIT_FOLDERS[folder.name] for folder in splits]
    if len(set(names)) < len(names):
        raise InputError("has val and validation; expected one of the two", where=path)
    return {
        name: _classified(folder, _folders(folder), wanted)
        for name, folder in zip(names, splits, strict=True)
    }


def files_below(folder: Path, wanted: Wanted) -> Iterator[Path]:
    """Yield the files below `folder`, at any depth, by their names. Raises InputError, RecordError.

    Links lead to files of the project.
    """
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink():
            locate(entry.name, folder, where=wanted.where, key="dataset", outside=wanted.outside)
            if entry.is_dir():
                raise InputError("is a link to a folder; expected files and folders", where=entry.path)
        if entry.is_dir():
            yield from files_below(Path(entry.path), wanted)
        else:
            yield Path(entry.path)


def _folders(path: Path) -> list[Path]:
    """Return the folders in `path` by their names."""
    return sorted(entry for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def _classified(path: Path, folders: list[Path], wanted: Wanted) -> LabelledSamples:
    """Return the samples in `folders`, each of which is a class."""
    import numpy as np

    if not folders:
        raise InputError("has no folders; expected one for each class", where=path)
    DATASET_CLASSES.require(len(folders), where=path, error=InputError)
    files, labels = [], []
    for label, folder in enumerate(folders):
        found = list(files_below(folder, wanted))
        if not found:
            raise InputError("has no files; expected samples of its class", where=folder)
        files += found
        labels += [label] * len(found)
        DATASET_FILES.require(len(files), where=path, error=InputError)
    values, counts = _values(files, path, wanted)
    recordings = np.repeat(np.arange(len(files)), counts)
    return LabelledSamples(
        values,
        np.repeat(np.array(labels, np.int64), counts),
        tuple(folder.name for folder in folders),
        recordings if len(recordings) > len(files) else None,
    )


def _values(files: list[Path], path: Path, wanted: Wanted) -> tuple[Any, list[int]]:
    """Return the samples in `files`, and how many there are in each."""
    import numpy as np

    DATASET_FILES.require(len(files), where=path, error=InputError)
    if not files:
        raise InputError("has no files", where=path)
    reader = _reader(files)
    found, total = [], 0
    with progress("read", len(files)) as advance:
        for file in files:
            found.append(reader.read_recording(file, wanted))
            total += len(found[-1])
            wanted.require_room(total, path)
            advance()
    return np.concatenate(found), [len(values) for values in found]


def _reader(files: list[Path]) -> ModuleType:
    """Return the one format of `files`. Raises InputError for files of several, or of none."""
    first: ModuleType | None = None
    for file in files:
        reader = reader_of(file.suffix)
        if reader is None or not hasattr(reader, "read_recording"):
            known = ", ".join(suffix for suffix in suffixes() if suffix != ".npz")
            raise InputError(f"is not a file of samples; expected {known}", where=file)
        if first is not None and reader is not first:
            raise InputError(f"is one of {reader.KIND}, and {files[0].name} of {first.KIND}", where=file)
        first = reader
    assert first is not None
    return first
