"""Output of commands on stderr: printed with a prefix, and the first failure gives the reason."""

import os

import pytest

from site_tools.tinyml.lifecycle.failure_log import FailureLog


def run(log, *scripts):
    return [log.run(["/bin/sh", "-c", script], dict(os.environ)) for script in scripts]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (
            "echo note >&2; printf 'tinyml: error: net: no kernel\\n  a/x: needs dsp\\n' >&2; exit 1",
            "net: no kernel",
        ),
        (
            "printf 'ld: main.o\\nld: undefined reference to `x`\\n' >&2; exit 1",
            "ld: undefined reference to `x`",
        ),
        ("echo something else >&2; exit 1", "something else"),
        ("exit 1", None),
        ("echo 'tinyml: error: but it went well' >&2", None),
    ],
)
def test_reason(script, reason, capsys):
    log = FailureLog("acme: ")
    run(log, script)
    assert log.reason() == reason
    assert all(line.startswith("acme: ") for line in capsys.readouterr().err.splitlines())


@pytest.mark.parametrize(("foreign", "lines"), [(False, 3), (True, 1)])
def test_long_lines_are_broken_where_they_are_printed(foreign, lines, capsys, monkeypatch):
    """The reason is whole, and so is the width that the command is told; lines of a compiler are left alone."""
    monkeypatch.setenv("COLUMNS", "60")
    log = FailureLog("acme: ")
    message = "the network has a layer that no kernel runs; " * 3 + "COLUMNS=$COLUMNS"
    log.run(
        ["/bin/sh", "-c", f'echo "tinyml: error: {message}" >&2; exit 1'], dict(os.environ), foreign=foreign
    )
    shown = capsys.readouterr().err.splitlines()
    assert len(shown) == lines
    assert foreign or max(map(len, shown)) <= 60
    assert log.reason() == message.replace("$COLUMNS", "10000")


def test_the_first_failure_is_the_reason_and_codes_are_kept(capsys):
    log = FailureLog("")
    codes = run(
        log, "exit 0", "echo 'tinyml: error: first' >&2; exit 2", "echo 'tinyml: error: x' >&2; exit 4"
    )
    assert (codes, log.reason()) == ([0, 2, 4], "first")
    assert capsys.readouterr().err == "tinyml: error: first\ntinyml: error: x\n"
