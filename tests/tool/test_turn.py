"""Two builds of one project: one waits, as they would spoil the signature file of SCons."""

import errno
import os
import subprocess
import sys
from pathlib import Path

from site_tools.tinyml.lifecycle import session

SITE = Path(__file__).parents[2] / "site_scons"
BUILD = """
import sys
from pathlib import Path
from site_tools.tinyml.lifecycle.session import wait_for_turn
wait_for_turn(Path(sys.argv[1]))
print("turn", flush=True)
sys.stdin.read()
"""


def start(folder):
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, str(folder)],
        cwd=SITE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_second_waits_until_the_first_is_killed(tmp_path):
    with start(tmp_path / "own") as first:
        assert first.stdout.readline() == "turn\n"
        with start(tmp_path / "own") as second:
            waiting = second.stderr.readline()
            assert waiting == "tinyml: another build runs in this project; waiting for its end\n"
            first.kill()
            assert second.stdout.readline() == "turn\n"
            second.stdin.close()
    assert second.returncode == 0


def test_a_file_system_without_locks_keeps_nobody_waiting(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(session.fcntl, "flock", flock)
    monkeypatch.setattr(session, "_turn", [])
    session.wait_for_turn(tmp_path / "own")
    [lock] = session._turn
    lock.close()
