"""A cluster in this process: its workers do what a test says, one call each at every look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from scons_tinyml.records.wire import to_wire
from scons_tinyml.stages.executors.cluster import Call, Ended
from scons_tinyml.stages.executors.work import Fact, Facts
from scons_tinyml.stages.executors.worker import Answer

FACTS = {"compiler": Fact("gcc 12", "have the same compiler there")}


class Upper:
    """Work that makes letters large."""

    module = "scons_tinyml.stages.upper"

    @property
    def run(self) -> Callable[[str], str]:
        return str.upper

    def kit(self) -> bytes:
        return b"kit"

    def facts(self) -> Facts:
        return FACTS

    def task(self, job: str) -> bytes:
        return job.encode()

    def result(self, text: bytes) -> str:
        return text.decode()


class Lost(Exception):
    """Raised by what a worker does: its process has ended."""


def answers(task: bytes) -> bytes:
    """Answer as a worker in order does."""
    return to_wire(Answer(result=task.upper()))


@dataclass
class Member:
    """A worker: its compiler, and what it does with the text of a task. `do` may raise Lost."""

    do: Callable[[bytes], bytes] = answers
    compiler: str = "gcc 12"
    kits: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)


class FakeCluster:
    """Workers by address. `clock` goes on by a second at every look at the calls."""

    where = "tcp://scheduler:8786"

    def __init__(self, **members: Member) -> None:
        self.there = dict(members)
        self.calls: dict[int, Call] = {}
        self.forgotten: list[int] = []
        self.closed = False
        self.prepared: list[str] = []
        self.now_s = 0.0
        self.most_at_once = 0
        self._begun = 0

    def clock(self) -> float:
        return self.now_s

    def members(self) -> Mapping[str, str]:
        return {address: f"name-{address}" for address in self.there}

    def begin(self, call: Call) -> int:
        self._begun += 1
        self.calls[self._begun] = call
        return self._begun

    def wait(self) -> Sequence[Ended]:
        self.now_s += 1
        first: dict[str, int] = {}
        for number, call in self.calls.items():
            first.setdefault(call.address, number)
            at_once = sum(other.address == call.address for other in self.calls.values())
            self.most_at_once = max(self.most_at_once, at_once)
        return [ended for number in first.values() for ended in self._do(number)]

    def forget(self, calls: Sequence[int]) -> None:
        self.forgotten += calls
        for number in calls:
            self.calls.pop(number, None)

    def close(self) -> None:
        self.closed = True

    def _do(self, number: int) -> list[Ended]:
        call = self.calls[number]
        member = self.there.get(call.address)
        if member is None:
            return []
        try:
            text = self._answer(member, call)
        except Lost:
            del self.there[call.address]
            return []
        del self.calls[number]
        return [Ended(number, answer=text)]

    def _answer(self, member: Member, call: Call) -> bytes:
        if call.function == "prepare":
            from scons_tinyml.stages.executors.worker import digest

            _, kit = call.arguments
            assert isinstance(kit, bytes)
            member.kits.add(digest(kit))
            self.prepared.append(call.address)
            return to_wire(Answer(facts=(("compiler", member.compiler),)))
        kit_name, task = call.arguments
        assert isinstance(task, bytes)
        if kit_name not in member.kits:
            return to_wire(Answer(lacks_kit=True))
        answer = member.do(task)
        member.done.append(task.decode())
        return answer
