"""The interface of executors, and of what they run."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

Name = TypeVar("Name", bound=Hashable)
Job = TypeVar("Job")
Result = TypeVar("Result")
Job_contra = TypeVar("Job_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)

HERE = ""
"""Worker of a result that was computed on this machine by our own processes."""


@dataclass(frozen=True)
class Fact:
    """A property of a machine that results may depend on: a version, a digest. `remedy` makes another machine equal."""

    value: str
    remedy: str


Facts = Mapping[str, Fact]
"""Facts by their names, such as 'compiler'."""


class Kit(Protocol):
    """What a worker keeps for all tasks of one work."""

    def facts(self) -> Mapping[str, str]:
        """Return the values of the facts on this machine. A problem is a value too, other than all good ones."""

    def run(self, task: bytes) -> bytes:
        """Return the result of `task`, which depends on the kit and the task alone."""


class Work(Protocol[Job_contra, Result_co]):
    """Jobs of one kind. On a worker only their texts arrive, which are checked there as results are here."""

    module: str
    """Module whose function `open_kit(text, folder)` returns the `Kit` on a worker."""

    @property
    def run(self) -> Callable[[Job_contra], Result_co]:
        """Function that computes a result in a process of this machine."""

    def kit(self) -> bytes:
        """Return the text of what all tasks share."""

    def facts(self) -> Facts:
        """Return the facts of this machine, which a worker has to share."""

    def task(self, job: Job_contra) -> bytes:
        """Return the text of `job`."""

    def result(self, text: bytes) -> Result_co:
        """Return the result in `text`. Raises WrongValue for any other text."""


class OpenKit(Protocol):
    """Function `open_kit` of a module of workers."""

    def __call__(self, text: bytes, folder: Path) -> Kit:
        """Return the kit in `text`, with its files in the empty `folder`. Raises WrongValue, TinymlError."""


@dataclass(frozen=True)
class Done(Generic[Name, Result]):
    """A job that was done: its name, its result, and the worker, HERE for our own processes."""

    name: Name
    result: Result
    worker: str = HERE


class Executor(Protocol):
    """Runs jobs. It is a context manager, and begins nothing before the first job."""

    def results(self, work: Work[Job, Result], jobs: Mapping[Name, Job]) -> Iterator[Done[Name, Result]]:
        """Yield the result of every job as it is done.

        Raises ClusterProblem when there is no way to go on; all that was yielded is good.
        """

    def close(self) -> None:
        """End what was begun."""
