"""The interface of a cluster: its members, and calls of one of them. `dask.py` has the real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Call:
    """A call of `worker.prepare` or `worker.run`, by the name of the function, on the member at `address`."""

    address: str
    function: str
    arguments: tuple[str | bytes, ...]


@dataclass(frozen=True)
class Ended:
    """A call that ended: with the text of an `Answer`, or without one and with the `problem`."""

    call: int
    answer: bytes = b""
    problem: str = ""


class Cluster(Protocol):
    """A scheduler with workers. All methods raise ClusterProblem when the scheduler is lost."""

    @property
    def where(self) -> str:
        """Address of the scheduler, for messages."""

    def members(self) -> Mapping[str, str]:
        """Return the names of the workers that are there, by their addresses."""

    def begin(self, call: Call) -> int:
        """Begin a call, and return its number. A worker does its calls one by one, in their order."""

    def wait(self) -> Sequence[Ended]:
        """Return calls that have ended since the last time; wait a moment for one, which may be in vain."""

    def forget(self, calls: Sequence[int]) -> None:
        """Give up calls. They may run to their end, but not begin."""

    def close(self) -> None:
        """Leave the cluster, and end it if it was begun here."""
