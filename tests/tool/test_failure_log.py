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


def test_the_first_failure_is_the_reason_and_codes_are_kept(capsys):
    log = FailureLog("")
    codes = run(
        log, "exit 0", "echo 'tinyml: error: first' >&2; exit 2", "echo 'tinyml: error: x' >&2; exit 4"
    )
    assert (codes, log.reason()) == ([0, 2, 4], "first")
    assert capsys.readouterr().err == "tinyml: error: first\ntinyml: error: x\n"
