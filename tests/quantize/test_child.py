"""A process that answers: what it prints, how it ends, and that it comes back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from scons_tinyml.stages.child import Child, ChildDied

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
