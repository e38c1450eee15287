"""Jobs on the workers of a cluster: each worker is checked before its first job, and lost ones lose no job.

A worker has at most DEPTH jobs, so that it need not wait for the next one. When it is lost, the first of these was
running: it may be what ended the worker, and is tried by MOST_ENDED workers at the most. The others never began.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic

from scons_tinyml.records.errors import ClusterProblem
from scons_tinyml.records.input_limits import SHOWN_CHARACTERS
from scons_tinyml.records.names import shorten
from scons_tinyml.records.typed import WrongValue
from scons_tinyml.records.wire import from_wire
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.stages.executors import worker
from scons_tinyml.stages.executors.cluster import Call, Cluster, Ended
from scons_tinyml.stages.executors.facts import differences
from scons_tinyml.stages.executors.work import Done, Job, Name, Result, Work

DEPTH = 2
MOST_ENDED = 3
"""Workers that one job may end before it is given up."""
PATIENCE_S = 30.0
"""Seconds to wait for a worker when there is none: a new process takes some to begin."""
_INTERVAL_S = 1.0
"""Seconds between two looks at the members."""
_SHOWN = 4 * SHOWN_CHARACTERS


@dataclass(frozen=True)
class _Flight(Generic[Name]):
    """A call on its way: of a job, or with no name the check of a worker."""

    address: str
    name: Name | None


@dataclass(frozen=True)
class Roster:
    """What is known of the workers from earlier jobs, by the digest of a kit: they are checked once for each."""

    ready: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Addresses of workers that have the kit."""
    refused: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """Reasons against workers, by their addresses."""


class Dispatch(Generic[Job, Result, Name]):
    """The jobs of one call of an executor, on a cluster."""

    def __init__(
        self,
        cluster: Cluster,
        work: Work[Job, Result],
        jobs: Mapping[Name, Job],
        roster: Roster | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the jobs. `roster` is that of all jobs on this cluster."""
        self._cluster, self._work, self._jobs, self._clock = cluster, work, jobs, clock
        self._kit, self._facts = work.kit(), work.facts()
        self._digest = worker.digest(self._kit)
        self._waiting = deque(jobs)
        self._flights: dict[int, _Flight[Name]] = {}
        self._names: dict[str, str] = {}
        roster = roster or Roster()
        self._ready, self._refused = roster.ready[self._digest], roster.refused[self._digest]
        self._ended: Counter[Name] = Counter()
        self._look_s = self._alone_s = clock()
        self._ended_in_check = 0

    def results(self) -> Iterator[Done[Name, Result]]:
        """Yield the result of every job. Raises ClusterProblem."""
        left = len(self._jobs)
        try:
            while left:
                self._meet()
                self._hand_out()
                for ended in self._cluster.wait():
                    for done in self._take(ended):
                        left -= 1
                        yield done
        finally:
            self._cluster.forget(list(self._flights))

    def _meet(self) -> None:
        """Look at the members from time to time: check new ones, and take the jobs of lost ones back."""
        now_s = self._clock()
        if self._names and now_s < self._look_s:
            return
        self._look_s = now_s + _INTERVAL_S
        members = self._cluster.members()
        for address in self._names.keys() - members.keys():
            self._lose(address, f"{self._shown(address)} is lost")
            del self._names[address]
        for address in members.keys() - self._names.keys():
            self._names[address] = members[address]
            if address not in self._ready | self._refused.keys():
                self._check(address)
        self._ready.intersection_update(members)
        for address in self._refused.keys() - members.keys():
            del self._refused[address]
        self._refuse_solitude(now_s)

    def _refuse_solitude(self, now_s: float) -> None:
        """Raise ClusterProblem when every worker is refused, or when there has been none for PATIENCE_S."""
        if self._names.keys() - self._refused.keys():
            self._alone_s = now_s
        elif self._refused.keys() & self._names.keys():
            reasons = "\n  ".join(self._refused.values())
            raise ClusterProblem(f"no worker can be used\n  {reasons}", where=self._cluster.where)
        elif now_s - self._alone_s >= PATIENCE_S:
            culprit = "".join(
                f"; {name} was running as {count} of them ended" for name, count in self._ended.most_common(1)
            )
            raise ClusterProblem(
                f"there is no worker, for {PATIENCE_S:.0f} s now{culprit}",
                where=self._cluster.where,
                hint=f"dask worker {self._cluster.where} --nthreads=1 starts one",
            )

    def _check(self, address: str) -> None:
        call = self._cluster.begin(Call(address, "prepare", (self._work.module, self._kit)))
        self._flights[call] = _Flight(address, None)

    def _hand_out(self) -> None:
        """Give jobs to the workers that are ready, the first to those that have none."""
        busy = Counter(flight.address for flight in self._flights.values())
        for depth in range(DEPTH):
            for address in sorted(self._ready):
                if self._waiting and busy[address] == depth and self._may_take(address, self._waiting[0]):
                    self._begin(address, self._waiting.popleft())
                    busy[address] += 1

    def _may_take(self, address: str, name: Name) -> bool:
        """Return whether the worker is free for a job that may end it: then no other may be blamed."""
        flights = [flight.name for flight in self._flights.values() if flight.address == address]
        suspect = any(found is not None and self._ended[found] for found in (name, *flights))
        return not (flights and suspect)

    def _begin(self, address: str, name: Name) -> None:
        task = self._work.task(self._jobs[name])
        call = self._cluster.begin(Call(address, "run", (self._digest, task)))
        self._flights[call] = _Flight(address, name)

    def _take(self, ended: Ended) -> Iterator[Done[Name, Result]]:
        """Yield the result of a job that was done; note what else has ended."""
        flight = self._flights.pop(ended.call, None)
        if flight is None:
            return  # of a worker that was given up
        answer = self._answer(ended)
        if answer.problem:
            self._flights[ended.call] = flight  # it was running, and is first
            self._refuse(flight.address, answer.problem)
        elif flight.name is None:
            self._welcome(flight.address, answer)
        elif answer.lacks_kit:  # another process at the same address
            self._waiting.appendleft(flight.name)
            self._ready.discard(flight.address)
            self._check(flight.address)
        else:
            try:
                result = self._work.result(answer.result)
            except WrongValue as error:
                self._flights[ended.call] = flight
                self._refuse(flight.address, f"its result is none: {error.key}: {error}")
                return
            yield Done(flight.name, result, self._shown(flight.address))

    def _answer(self, ended: Ended) -> worker.Answer:
        if ended.problem:
            return worker.Answer(problem=ended.problem)
        try:
            return from_wire(worker.Answer, ended.answer)
        except WrongValue as error:
            return worker.Answer(problem=f"its answer is none: {error.key}: {error}")

    def _welcome(self, address: str, answer: worker.Answer) -> None:
        others = list(differences(self._facts, dict(answer.facts)))
        if others:
            self._refuse(address, "; ".join(others))
        else:
            self._ready.add(address)
            self._ended_in_check = 0

    def _refuse(self, address: str, problem: str) -> None:
        """Give a worker no job any more, and say why."""
        reason = f"{self._shown(address)} is refused: {shorten(problem, _SHOWN)}"
        self._refused[address] = reason
        print_wrapped(f"tinyml: warning: {reason}", sys.stderr)
        self._lose(address, reason)
        self._look_s = self._clock()

    def _lose(self, address: str, reason: str) -> None:
        """Take the jobs of a worker back. Raises ClusterProblem when the running one has ended too many."""
        self._ready.discard(address)
        calls = [call for call, flight in self._flights.items() if flight.address == address]
        flights = [self._flights.pop(call) for call in sorted(calls)]
        self._cluster.forget(calls)
        self._blame(flights[:1], reason)
        names = [flight.name for flight in flights if flight.name is not None]
        self._waiting.extend(names[:1])  # the others first: they are above suspicion
        self._waiting.extendleft(reversed(names[1:]))

    def _blame(self, running: Sequence[_Flight[Name]], reason: str) -> None:
        """Count the call that was `running` as a worker ended, and raise ClusterProblem for one time too many."""
        for flight in running:
            if flight.name is None:
                self._ended_in_check += flight.address not in self._refused
                ended, what = self._ended_in_check, "the check"
            else:
                self._ended[flight.name] += 1
                ended, what = self._ended[flight.name], str(flight.name)
            if ended >= MOST_ENDED:
                raise ClusterProblem(
                    f"{what} was running as {MOST_ENDED} workers ended or failed; the last one: {reason}",
                    where=self._cluster.where,
                    hint="without scheduler= and workers= it runs on this machine, and tells more",
                )

    def _shown(self, address: str) -> str:
        name = self._names.get(address, address)
        return f"worker {address}" if name == address else f"worker {name} ({address})"
