"""Execution of a target on many inputs: what it raises, the smallest input of each crash, and figures."""

from __future__ import annotations

import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import FrameType
from typing import Protocol

_TARGETS = Path(__file__).parent / "targets"
_LONGEST_S = 10.0
"""Processor time in seconds that an input may take, with the instrumentation of a fuzzer."""
_ADDRESS_SPACE_BYTES = 6 * 2**30
_SHRINKING_EXECUTIONS = 2000


class TooSlow(Exception):
    """An input took more processor time than the limit."""


class Target(Protocol):
    """A file of the folder `targets`."""

    TOKENS: Sequence[bytes]
    """Pieces of inputs that mean something."""

    def seeds(self) -> Sequence[bytes]:
        """Return valid inputs, or nearly valid ones."""

    def execute(self, data: bytes) -> None:
        """Read `data`. Any exception is a crash: errors of the project's own do not leave it."""


def load(name: str) -> Target:
    """Return the target `name`."""
    spec = spec_from_file_location(f"fuzz_{name}", _TARGETS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module  # type: ignore[return-value]


def limit_memory() -> None:
    """Make this process raise MemoryError for inputs that take much more than the limits of files allow."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE_BYTES, _ADDRESS_SPACE_BYTES))


@dataclass
class Fuzzing:
    """Executions of one target, and the crashes among them by their place."""

    name: str
    target: Target
    most: int
    folder: Path
    executions: int = 0
    crashes: dict[str, bytes] = field(default_factory=dict)
    started_s: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, name: str, most: int, folder: Path) -> Fuzzing:
        """Return the beginning of `most` executions of the target `name`; crashes go to `folder`."""
        return cls(name, load(name), most, folder)

    @property
    def is_done(self) -> bool:
        return self.executions >= self.most

    def execute(self, data: bytes) -> None:
        """Execute the target once, and keep `data` when it is the smallest input for a crash at its place."""
        self.executions += 1
        place = crash(self.target.execute, data)
        if place is not None and (place not in self.crashes or len(data) < len(self.crashes[place])):
            self.crashes[place] = data

    def finish(self, by: str) -> int:
        """Save the crashes, print the figures, and return the exit code."""
        seconds = time.monotonic() - self.started_s
        for number, (place, data) in enumerate(sorted(self.crashes.items())):
            self.folder.mkdir(parents=True, exist_ok=True)
            saved = self.folder / f"{self.name}-{number}"
            saved.write_bytes(smallest(self.target.execute, data, place))
            print(f"{self.name}: {place}\n  input: {saved}")
        print(
            f"{self.name}: {self.executions:,} executions in {seconds:.0f} s "
            f"({self.executions / max(seconds, 1e-9):,.0f} a second), {len(self.crashes)} crashes, by {by}"
        )
        return 1 if self.crashes else 0


def crash(execute: Callable[[bytes], None], data: bytes) -> str | None:
    """Return exception and place of the crash of `execute` on `data`, None when there is none."""
    try:
        with _limited_time():
            execute(data)
    except Exception as error:
        frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename != __file__]
        ours = [frame for frame in frames if "scons_tinyml" in frame.filename] or frames
        return f"{type(error).__name__} in {Path(ours[-1].filename).name}:{ours[-1].lineno} ({str(error)[:100]!r})"
    return None


def smallest(execute: Callable[[bytes], None], data: bytes, place: str) -> bytes:
    """Return the smallest input found by leaving out parts of `data` that crashes at the same `place`."""
    kind = place.partition(" (")[0]
    left, size = _SHRINKING_EXECUTIONS, max(len(data) // 2, 1)
    while size and left > 0:
        start = 0
        while start < len(data) and left > 0:
            shorter = data[:start] + data[start + size :]
            left -= 1
            if (crash(execute, shorter) or "").partition(" (")[0] == kind:
                data = shorter
            else:
                start += size
        size //= 2
    return data


@contextmanager
def _limited_time() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooSlow(f"more than {_LONGEST_S:g} s of processor time")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, _LONGEST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
