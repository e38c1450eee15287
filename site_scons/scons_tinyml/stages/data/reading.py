"""Samples of a path: a file or a folder of any format that a reader knows."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.suggest import did_you_mean
from scons_tinyml.stages.data.arrays import unlabelled
from scons_tinyml.stages.data.folders import read_folder
from scons_tinyml.stages.data.labelled import LabelledSamples
from scons_tinyml.stages.data.readers import reader_of, suffixes
from scons_tinyml.stages.data.wanted import ALL, Parts, Wanted


def read_path(path: Path, wanted: Wanted) -> Parts:
    """Return the samples in `path`, by split if it says how they are split, else named ALL.

    Raises InputError for a path that no reader knows, and for wrong content.
    """
    if not path.exists():
        raise InputError("no such file or folder", where=path)
    if path.is_dir():
        return read_folder(path, wanted)
    reader = reader_of(path.suffix)
    if reader is not None and hasattr(reader, "read_splits"):
        return cast(Parts, reader.read_splits(path, wanted))
    if reader is None:
        raise InputError(
            f"no data set ends in {path.suffix!r}; {did_you_mean(path.suffix, suffixes())}", where=path
        )
    if wanted.task != "none":
        raise InputError(f"is one of {reader.KIND}; expected a folder with one for each class", where=path)
    return {ALL: unlabelled(reader.read_recording(path, wanted))}


def read_one_part(path: Path, wanted: Wanted, key: str) -> LabelledSamples:
    """Return the samples of a path that is one split. Raises InputError like `read_path`, and for several splits.

    `key` names the split: of a path that has splits of its own, only that one is taken.
    """
    parts = read_path(path, wanted)
    if key in parts:
        return parts[key]
    if ALL not in parts:
        raise InputError(f"has the splits {', '.join(parts)}, and not {key}", where=path)
    return parts[ALL]
