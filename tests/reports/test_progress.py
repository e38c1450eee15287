"""Progress as text: lines at intervals, fewer of them in the log of a CI server, where nothing is a bar."""

from __future__ import annotations

import io

import pytest

from scons_tinyml.stages import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("environment", "stream", "expected"),
    [
        (
            *({}, io.StringIO()),
            [f"  measured {done}/30, {30 - done} s left" for done in (5, 10, 15, 20)],
        ),
        ({"CI": "true"}, io.StringIO(), []),
        ({"CI": "true"}, Terminal(), []),
    ],
    ids=["pipe", "log", "terminal of a CI server"],
)
def test_lines(monkeypatch, environment, stream, expected):
    clock_s = iter(range(1000))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock_s))
    monkeypatch.setattr(progress.os, "environ", environment)
    monkeypatch.setattr(progress.sys, "stderr", stream)
    with progress.progress("measured", 30) as advance:
        for _ in range(24):
            advance()
        assert stream.getvalue().splitlines() == expected
        for _ in range(6):
            advance("softmax")
    assert stream.getvalue().splitlines()[-1] == "  measured 30/30 softmax"


def test_a_long_measurement_in_a_log_has_a_line_a_minute(monkeypatch):
    clock_s, stream = iter(range(0, 100_000, 7)), io.StringIO()
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock_s))
    monkeypatch.setattr(progress.os, "environ", {"CI": "true"})
    monkeypatch.setattr(progress.sys, "stderr", stream)
    with progress.progress("measured", 20) as advance:
        for _ in range(20):
            advance()
    assert stream.getvalue() == "  measured 9/20, 77 s left\n  measured 18/20, 14 s left\n  measured 20/20\n"


def test_much_time_is_in_minutes(monkeypatch):
    clock_s, stream = iter(range(0, 100_000, 90)), io.StringIO()
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock_s))
    monkeypatch.setattr(progress.os, "environ", {"CI": "true"})
    monkeypatch.setattr(progress.sys, "stderr", stream)
    with progress.progress("measured", 20) as advance:
        advance("softmax")
    assert stream.getvalue() == "  measured 1/20 softmax, 28 min left\n"
