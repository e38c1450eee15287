"""Node of a data set, which training, quantization and evaluation read, and what it depends on."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.file_state import file_state
from scons_tinyml.records.network_limits import DATASET_FILES
from scons_tinyml.records.paths import locate
from scons_tinyml.stages.data.request import DataRequest

from ..dependencies import signatures
from ..dependencies.imports import imported_files
from ..paths import file as node_of
from ..paths import root
from .stages import add_stage

if TYPE_CHECKING:
    from ..scons import Environment, Node

PACKAGES = ("numpy", "pillow", "animal-mnist", "pyts")
LONGEST_SEQUENCE = 1_000_000
"""Most calls of a network that make one sample."""
_PATHS = ("script", "path", "train", "validation", "test", "representative")
"""Keys of [dataset] that name a file or folder."""


def check_paths(model: Any, file: Path, top: Path, outside: Sequence[Path]) -> None:
    """Raise InputError for a path of data or metrics in `file`, a model.toml, that is not there or leads out."""
    for key, text in _paths(model.dataset):
        if not _located(key, text, file, top, outside).exists():
            problem = f"no such file or folder: {file.parent / text}"
            raise InputError(problem, where=file, key=f"dataset.{key}")
    for name, text in metric_files(model).items():
        key = f"metrics.{name}"
        if not locate(text, top / file.parent, where=file, key=key, project=top).is_file():
            raise InputError(f"no such file: {file.parent / text}", where=file, key=key)


def metric_files(model: Any) -> dict[str, str]:
    """Return the Python files of the project that metrics of `model` are functions of, by metric."""
    files = {name: metric.function.rpartition(":")[0] for name, metric in model.metrics.items()}
    return {name: file for name, file in files.items() if file}


def add_data(env: Environment, model: Any, file: Path, folder: str, outside: tuple[Path, ...]) -> Node:
    """Add the splits of the data set of `model`, which `file` describes.

    The node depends on the states of files of samples: a build with nothing to do reads none. If they are read
    again and have the same content, nothing is trained again.
    """
    request = DataRequest(
        data=f"{folder}/data.npz", model=file, variant=model.variant or None, outside=outside
    )
    record = signatures.canonical([model[key] for key in ("input", "dataset", "task")])
    values = (record, *stamps(env, model, file, outside), signatures.packages(*PACKAGES))
    depends = script_nodes(env, model, file)
    return add_stage(env, request, title="data", values=values, depends=depends, cached=False)["data"]


def stamps(env: Environment, model: Any, file: Path, outside: Sequence[Path]) -> list[str]:
    """Return digests of names and states of the files of samples that `file` names, and not of its script."""
    paths = [(key, _located(key, text, file, root(env), outside)) for key, text in _paths(model.dataset)]
    return [stamp(path) for key, path in paths if key != "script"]


def script_nodes(env: Environment, model: Any, file: Path) -> list[Node]:
    """Return the nodes of the script of the data set that `file` describes, if it has one."""
    return code_nodes(env, file.parent / model.dataset.script) if model.dataset.script else []


def code_nodes(env: Environment, script: Path) -> list[Node]:
    """Return the nodes of `script`, a Python file of the project, and of the files of the project that it imports."""
    return [node_of(env, path) for path in (script, *imported_files(root(env) / script, root(env)))]


def _paths(dataset: Any) -> Iterator[tuple[str, str]]:
    if dataset is None:
        return
    yield from ((key, dataset[key]) for key in _PATHS if dataset[key] is not None)
    yield from ((f"files.{number}", name) for number, name in enumerate(dataset.files))


def _located(key: str, text: str, file: Path, top: Path, outside: Sequence[Path]) -> Path:
    """Return the path `text` of the key `dataset.<key>` in `file`. Raises RecordError if it leads out."""
    folder = top / file.parent
    return locate(text, folder, where=file, key=f"dataset.{key}", project=top, outside=outside)


def stamp(path: Path) -> str:
    """Return a digest of names and states of the file `path`, or of all files in the folder `path`."""
    digest = hashlib.sha256()
    for count, (name, found) in enumerate(_files(str(path), ""), 1):
        DATASET_FILES.require(count, where=path, error=InputError)
        digest.update(f"{name}\0{file_state(found)}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _files(path: str, name: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the files of `path` with their names, and what the system knows of them; links to folders are not followed.

    A file that goes away meanwhile is missed by the stage that reads it.
    """
    if not os.path.isdir(path):  # noqa: PTH112 - in every build
        with suppress(OSError):
            yield name, os.stat(path)  # noqa: PTH116
        return
    with os.scandir(path) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, f"{name}/{entry.name}")
            continue
        with suppress(OSError):
            yield f"{name}/{entry.name}", entry.stat()
