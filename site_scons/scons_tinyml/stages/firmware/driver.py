"""Answers of a GCC driver to queries about itself, such as `-print-prog-name=cc1`.

Each answer takes a process of its own, and a build with nothing to do needs a dozen. So answers are cached for as long
as all that they follow from is unchanged: the driver, the environment variables that it reads, and the folders that it
searches. Wrappers, such as scripts and ccache, may do anything: they are queried each time.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.file_state import file_state, has_settled
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.visible import quoted
from scons_tinyml.stages.files import write_text

_MARK = b"COLLECT_GCC"
"""A text in every GCC driver, which sets this variable for the programs that it starts. Wrappers lack it."""
_VARIABLES = ("PATH", "GCC_EXEC_PREFIX", "COMPILER_PATH", "LIBRARY_PATH", "LANG", "LC_ALL", "LC_MESSAGES")
_SEARCHED = "-print-search-dirs"
_SPECS = "specs"
"""A file of this name in a searched folder changes the driver's behaviour wherever it is edited."""

_read_before: dict[Path, dict[str, Any]] = {}
"""Content of cache files that this process has read or written: a build asks three times."""


def answers(
    driver: str, queries: Sequence[str], flags: Sequence[str] = (), *, memory: Path | None = None
) -> list[str]:
    """Return the output of `driver`, a path, for each of `queries`, options of GCC that follow `flags`.

    `memory` is the file of cached answers; it is used where its folder exists. Raises EnvironmentProblem where
    the driver fails.
    """
    entry = f"{driver} {' '.join([*flags, *queries])}"
    known = _read(memory)
    cached = known.get(entry)
    if isinstance(cached, dict) and cached.get("depends") == _dependencies(driver, cached.get("folders")):
        found: list[str] = cached["answers"]
        return found
    if memory is None or not memory.parent.is_dir() or not _is_gcc(driver):
        return _run(driver, queries, flags)
    *found, searched = _run(driver, [*queries, _SEARCHED], flags)
    folders = _folders(searched)
    depends = _dependencies(driver, folders)
    if depends is not None and _has_settled(depends):
        _write(memory, {**known, entry: {"folders": folders, "depends": depends, "answers": found}})
    return found


def _is_gcc(driver: str) -> bool:
    """Return whether the file `driver` is GCC's own, and no wrapper."""
    try:
        return _MARK in Path(driver).read_bytes()
    except OSError:
        return False


def _run(driver: str, queries: Sequence[str], flags: Sequence[str]) -> list[str]:
    """Start one process a query, all at once."""
    processes = [
        subprocess.Popen(
            [driver, *flags, query],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        for query in queries
    ]
    found = [process.communicate() for process in processes]
    for query, process, (_, errors) in zip(queries, processes, found, strict=True):
        if process.returncode:
            raise EnvironmentProblem(f"'{driver} {query}' failed:{quoted(errors)}", where=driver)
    return [output for output, _ in found]


def _folders(searched: str) -> list[str]:
    """Return the folders in the output of -print-search-dirs."""
    lists = (line.partition("=")[2].split(os.pathsep) for line in searched.splitlines())
    return sorted({os.path.normpath(folder) for folders in lists for folder in folders if folder})


def _dependencies(driver: str, folders: Any) -> dict[str, Any] | None:
    """Return the state of all that answers follow from, None where that is not known."""
    try:
        status = os.stat(driver)  # noqa: PTH116 - in every build
        if not isinstance(folders, list) or any(_has_specs(folder) for folder in folders):
            return None
        return {
            "driver": [*file_state(status), status.st_dev],
            "environment": [os.environ.get(name) for name in _VARIABLES],
            "folders": [_folder_state(folder) for folder in folders],
        }
    except (OSError, TypeError, ValueError):
        return None


def _has_specs(folder: str) -> bool:
    return os.access(f"{folder}/{_SPECS}", os.F_OK)


def _folder_state(folder: str) -> list[int] | None:
    """Return attributes of `folder` that change with the names in it, None where it does not exist."""
    try:
        status = os.stat(folder)  # noqa: PTH116 - in every build
    except FileNotFoundError:
        return None
    return [status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev]


def _has_settled(depends: Mapping[str, Any]) -> bool:
    """Return whether the last change is old enough for the next one to be noticed by its time."""
    changed_ns = [depends["driver"][2], *(state[1] for state in depends["folders"] if state is not None)]
    return has_settled(*changed_ns)


def _read(memory: Path | None) -> dict[str, Any]:
    if memory is None:
        return {}
    if memory.absolute() not in _read_before:
        try:
            known = read_json(memory)
        except (OSError, ValueError, InputError):
            known = {}
        _read_before[memory.absolute()] = known if isinstance(known, dict) else {}
    return _read_before[memory.absolute()]


def _write(memory: Path, entries: Mapping[str, Any]) -> None:
    """Write the cache; a failure costs time alone."""
    _read_before[memory.absolute()] = dict(entries)
    try:
        write_text(memory, json.dumps(entries, sort_keys=True))
    except EnvironmentProblem:
        return
