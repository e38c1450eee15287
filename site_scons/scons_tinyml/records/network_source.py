"""Checks of a network's file, or of all files of a SavedModel, before anything reads them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from scons_tinyml.records.input_file import check_file
from scons_tinyml.records.network_limits import FLOAT_FILE, FOLDER_FILES, NETWORK_FILE

SAVED_MODEL = "saved_model.pb"
"""File by which a SavedModel folder is recognized, and which stands for it."""


def check_source(path: Path) -> None:
    """Raise ModelFileError for a network in `path` that is not of regular files, or is too large to read."""
    if path.name == SAVED_MODEL:
        _check_folder(path.parent)
    check_file(path, NETWORK_FILE if path.suffix == ".tflite" else FLOAT_FILE)


def _check_folder(folder: Path) -> None:
    total_bytes = 0
    for count, path in enumerate(_files(folder), 1):
        FOLDER_FILES.require(count, where=folder)
        total_bytes += check_file(path, FLOAT_FILE)
        FLOAT_FILE.require(total_bytes, where=folder)


def _files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place, name) for name in names)
