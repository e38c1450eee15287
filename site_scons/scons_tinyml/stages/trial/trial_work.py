"""Trials as work of an executor: a result depends on the texts of the model, its data, and the job alone.

Each trial runs in a process of its own, as training does in a build: TensorFlow is seeded once, when it is imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path, PurePosixPath

from scons_tinyml.records.names import shorten
from scons_tinyml.records.typed import WrongValue
from scons_tinyml.records.visible import visible
from scons_tinyml.records.wire import from_wire, to_wire
from scons_tinyml.stages import lifeline
from scons_tinyml.stages.executors.facts import machine_facts
from scons_tinyml.stages.executors.work import Facts
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.request import arguments
from scons_tinyml.stages.trial.records import Job, Tried
from scons_tinyml.stages.trial.request import TrialRequest

PACKAGES = ("tensorflow-cpu", "keras", "numpy", "tflite-micro", "ai-edge-litert", "ai-edge-quantizer")
"""Packages that train, quantize or evaluate."""
_PACKAGES = Path(__file__).parents[3]
_DATA = "data.npz"
_MODEL = "model"
_SUFFIXES = (".py", ".toml")
_SHOWN = 300
"""Characters of what a failed trial printed last."""


@dataclass(frozen=True)
class _File:
    name: str
    data: bytes


@dataclass(frozen=True)
class _KitText:
    data: bytes
    files: tuple[_File, ...]
    """Files in the folder of the model: its model.toml, and the Python files that its network may import."""


class TrialWork:
    """Trials of the model that `model`, a model.toml, describes, on the unscaled splits in the file `data`."""

    module = __name__

    def __init__(self, model: Path, data: Path) -> None:
        self._model, self._data = model, data

    @property
    def run(self) -> Callable[[Job], Tried]:
        """Function that tries a variant on this machine."""
        return partial(run_trial, self._model, self._data)

    def kit(self) -> bytes:
        """Return data and files of the model."""
        return self._kit

    @cached_property
    def _kit(self) -> bytes:
        paths = sorted(path for path in self._model.parent.rglob("*") if path.suffix in _SUFFIXES)
        files = tuple(
            _File(path.relative_to(self._model.parent).as_posix(), path.read_bytes()) for path in paths
        )
        return to_wire(_KitText(self._data.read_bytes(), files))

    def facts(self) -> Facts:
        """Return our modules and the packages of this machine."""
        return machine_facts(PACKAGES)

    def task(self, job: Job) -> bytes:
        """Return the text of `job`."""
        return to_wire(job)

    def result(self, text: bytes) -> Tried:
        """Return the answer in `text`. Raises WrongValue for any other text."""
        found = from_wire(Tried, text)
        for said in (found.variant, found.dropped, found.stopped, found.problem):
            if said != visible(said):
                raise WrongValue(f"found the text '{shorten(visible(said), _SHOWN)}'", "problem")
        return found


class _TrialKit:
    """The files of a kit in a folder."""

    def __init__(self, text: _KitText, folder: Path) -> None:
        self._model, self._data = folder / _MODEL / "model.toml", folder / _DATA
        write_bytes(self._data, text.data)
        for file in text.files:
            name = PurePosixPath(file.name)
            if name.is_absolute() or ".." in name.parts or not name.parts or "\0" in file.name:
                raise WrongValue(
                    f"found the name '{visible(file.name)}', expected one inside of the kit", "name"
                )
            write_bytes(folder / _MODEL / name, file.data)

    def facts(self) -> Mapping[str, str]:
        """Return our modules and the packages of this machine."""
        return {name: fact.value for name, fact in machine_facts(PACKAGES).items()}

    def run(self, task: bytes) -> bytes:
        """Return the answer to the job in `task`."""
        return to_wire(run_trial(self._model, self._data, from_wire(Job, task)))


def open_kit(text: bytes, folder: Path) -> _TrialKit:
    """Return the kit in `text`, with its files in `folder`. Raises WrongValue for any other text."""
    return _TrialKit(from_wire(_KitText, text), folder)


def run_trial(model: Path, data: Path, job: Job) -> Tried:
    """Try the variant of `job` in a process of its own. A process that fails is a trial with a problem."""
    with tempfile.TemporaryDirectory(prefix="tinyml-trial-") as folder:
        request = TrialRequest(
            tried=Path(folder, "tried"), job=Path(folder, "job"), data=data.absolute(), model=model
        )
        write_bytes(request.job, to_wire(job))
        words = [sys.executable, "-P", "-m", "scons_tinyml.stages", request.stage, *arguments(request)]
        done = subprocess.run(
            words, env=_environment(), capture_output=True, text=True, errors="replace", check=False
        )
        if request.tried.is_file():
            return from_wire(Tried, request.tried.read_bytes())
    said = (done.stderr.strip().splitlines() or [""])[-1]
    return Tried(job.variant, problem=visible(f"ended with {done.returncode}: {shorten(said, _SHOWN)}"))


def _environment() -> dict[str, str]:
    """Return the environment of the process, which ends with this one."""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    path = os.pathsep.join(filter(None, (str(_PACKAGES), *given)))
    return {**os.environ, "PYTHONPATH": path, lifeline.VARIABLE: str(os.getpid())}
