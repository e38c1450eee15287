"""Progress as text: lines at intervals, fewer of them in the log of a CI server, where nothing is a bar."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

import pytest

from scons_tinyml.stages import progress

NESTED = """\
import os
from scons_tinyml.stages.native_noise import captured_stderr
from scons_tinyml.stages.progress import progress

with progress("networks", 2) as advance:
    with captured_stderr() as noise, progress("layers", 3) as inner:
        os.write(2, b"noise of a library")
        inner("softmax")
    advance()
assert noise.text == "noise of a library", noise.text
"""


def test_bars_are_seen_while_the_noise_of_libraries_is_hidden():
    """One bar may be within another, and what native code writes is not on the terminal, nor a bar in it."""
    main, terminal = pty.openpty()
    plain = {key: value for key, value in os.environ.items() if key not in ("CI", "NO_COLOR")}
    done = subprocess.run(
        [sys.executable, "-c", NESTED],
        stderr=terminal,
        env={**plain, "TERM": "xterm", "COLUMNS": "80"},
        check=False,
    )
    os.close(terminal)
    shown = os.read(main, 1 << 20).decode()
    os.close(main)
    assert done.returncode == 0, shown
    assert "networks" in shown and "1/2" in shown
    assert "noise of a library" not in shown and "Traceback" not in shown


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
