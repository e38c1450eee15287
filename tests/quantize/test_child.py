"""A process that answers: what it prints, how it ends, and that it comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.records.network_limits import ORACLE_MEMORY, ORACLE_SECONDS, SizeLimit
from scons_tinyml.stages.child import Child, ChildDied
from scons_tinyml.stages.litert import run_litert
from scons_tinyml.stages.oracle import Oracle

MODULE = """
import os, signal, sys
from scons_tinyml.stages.child import serve

def answer(request):
    os.write(1, b"on stdout\\n")
    print(" and on stderr", file=sys.stderr, flush=True)
    if isinstance(request, int):
        os.kill(os.getpid(), request)
    if request == "leave":
        sys.exit(3)
    if request == "allocate":
        bytearray(2**33)
    while request == "spin":
        pass
    return request, os.getpid()

def main():
    serve(answer)
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Child]:
    (tmp_path / "answering.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    child = Child("answering")
    yield child
    child.end()


def test_one_process_answers_all_requests(child: Child) -> None:
    (first, process), noise = child.ask("a")
    assert child.ask("b") == (("b", process), noise)
    assert (first, noise) == ("a", "on stdout; and on stderr")
    assert process != os.getpid()


@pytest.mark.parametrize(
    ("request_", "cause"),
    [(signal.SIGABRT, "SIGABRT"), (signal.SIGSEGV, "SIGSEGV"), ("leave", "exit code 3")],
)
def test_an_end_is_told_and_the_next_request_starts_anew(child: Child, request_: object, cause: str) -> None:
    (_, process), _ = child.ask("a")
    with pytest.raises(ChildDied) as caught:
        child.ask(request_)
    assert (caught.value.cause, caught.value.noise) == (cause, "on stdout; and on stderr")
    (_, other), _ = child.ask("b")
    assert other != process


def test_a_process_that_was_killed_meanwhile_is_started_again(child: Child) -> None:
    (_, process), _ = child.ask("a")
    os.kill(process, signal.SIGKILL)
    try:
        child.ask("b")
    except ChildDied as death:
        assert death.cause == "SIGKILL"
    assert child.ask("c")[0][0] == "c"


def test_it_ends_when_nobody_can_ask_any_more(child: Child) -> None:
    (_, process), _ = child.ask("a")
    child.end()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_module_that_cannot_be_imported() -> None:
    child = Child("no_such_module")
    with pytest.raises(ChildDied, match=r"exit code 1.*No module named 'no_such_module'"):
        child.ask("a")
    child.end()


def test_memory_is_limited(child: Child) -> None:
    with pytest.raises(ChildDied, match="MemoryError") as caught:
        child.ask("allocate")
    assert caught.value.limit == ORACLE_MEMORY
    assert child.ask("b")[0][0] == "b"


def test_processor_time_is_limited(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYML_LIMITS", "oracle_time=1")
    with pytest.raises(ChildDied) as caught:
        child.ask("spin")
    assert (caught.value.cause, caught.value.limit) == ("SIGXCPU", ORACLE_SECONDS)


@pytest.mark.parametrize("limit", [ORACLE_MEMORY, ORACLE_SECONDS])
def test_a_limit_of_an_oracle_is_told(monkeypatch: pytest.MonkeyPatch, limit: SizeLimit) -> None:
    def die(_child: Child, _request: object) -> None:
        raise ChildDied("SIGABRT", "", limit)

    monkeypatch.setattr(Child, "ask", die)
    monkeypatch.setattr(Child, "start", lambda _child: None)
    for run in (
        Oracle(b"", Path("net.tflite")).run,
        lambda inputs: run_litert(b"", inputs, Path("net.tflite")),
    ):
        with pytest.raises(UnsupportedError) as caught:
            run([])
        assert str(caught.value).startswith(
            f"net.tflite: {limit.about}: found more, expected at most {limit.text(limit.value)}\n"
        )


PARENT = """
import numpy, signal
from scons_tinyml.stages.child import Child, ChildDied
kept = numpy.ones(150_000_000)  # 1.1 GiB
try:
    Child("answering").ask(int(signal.SIGABRT))
except ChildDied as died:
    print(died.cause, died.limit)
"""


@pytest.mark.usefixtures("child")
def test_memory_of_a_large_parent_is_not_that_of_its_child() -> None:
    """Linux begins to count with the memory of the parent, which here is above half of the limit."""
    done = subprocess.run(
        [sys.executable, "-c", PARENT],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": f"{os.environ['PYTHONPATH']}:{':'.join(sys.path)}"},
    )
    assert done.stdout == "SIGABRT None\n"
