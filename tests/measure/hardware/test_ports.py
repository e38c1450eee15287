"""Ports that cannot be opened, and ways to flash: what is told to a person."""

from __future__ import annotations

import errno
import sys

import pytest

from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.stages.measure.hardware import port as ports
from scons_tinyml.stages.measure.hardware import upload
from scons_tinyml.stages.measure.hardware.port import open_port
from scons_tinyml.stages.measure.hardware.problems import BoardProblem
from support.board_player import played

FAKE_PYOCD = """\
import pathlib, sys
pathlib.Path({log!r}).write_text(" ".join(sys.argv[1:]))
print("0001234 C no target", file=sys.stderr)
sys.exit({code})
"""


def test_a_port_that_is_not_there_lists_those_that_are(monkeypatch):
    monkeypatch.setattr(ports, "ports", lambda: ["/dev/ttyACM0 (STM32 STLink)"])
    with pytest.raises(EnvironmentProblem) as problem, open_port("/dev/ttyACM7"):
        pass
    assert str(problem.value) == (
        "/dev/ttyACM7: there is no such port\n  ports here: /dev/ttyACM0 (STM32 STLink)"
    )
    monkeypatch.setattr(ports, "ports", list)
    with (
        pytest.raises(EnvironmentProblem, match=r"no serial port is there: is the board plugged in\?"),
        open_port("x"),
    ):
        pass


def test_a_port_in_use_says_so():
    with (
        played(()) as name,
        open_port(name),
        pytest.raises(EnvironmentProblem, match="is in use by another program\n  close the terminal"),
        open_port(name),
    ):
        pass


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM])
def test_a_port_without_permission_names_the_group(monkeypatch, code):
    import serial

    def refuse(*_, **__):
        raise serial.SerialException(code, "could not open port")

    monkeypatch.setattr(serial, "Serial", refuse)
    monkeypatch.setattr(sys, "platform", "linux")
    with (
        pytest.raises(EnvironmentProblem, match=r"permission denied\n.*usermod -aG dialout"),
        open_port("/dev/x"),
    ):
        pass


def test_only_pyocd_flashes(monkeypatch):
    with pytest.raises(InputError, match="'openocd' is no way to flash; expected pyocd or pyocd:<target>"):
        upload.check_upload("openocd")
    monkeypatch.setattr(upload, "find_spec", lambda _: None)
    with pytest.raises(EnvironmentProblem, match=r"pip install 'scons-tinyml\[pyocd\]'"):
        upload.check_upload("pyocd:stm32l475xg")


@pytest.mark.parametrize(
    ("choice", "words"),
    [("pyocd", "load {image}"), ("pyocd:stm32l475xg", "load --target stm32l475xg {image}")],
)
def test_pyocd_is_asked_to_load(tmp_path, monkeypatch, choice, words):
    image = tmp_path / "bench-1.hex"
    fake(tmp_path, monkeypatch, code=0)
    upload.check_upload(choice)
    upload.flash(image, choice)
    assert (tmp_path / "log").read_text() == words.format(image=image)


def test_a_failure_of_pyocd_is_told(tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, code=1)
    with pytest.raises(BoardProblem, match=r"bench-1\.hex: pyOCD did not flash it: 0001234 C no target"):
        upload.flash(tmp_path / "bench-1.hex", "pyocd")


def fake(folder, monkeypatch, *, code):
    """A module `pyocd` that writes down what it is asked for."""
    (folder / "pyocd").mkdir()
    (folder / "pyocd" / "__init__.py").touch()
    (folder / "pyocd" / "__main__.py").write_text(FAKE_PYOCD.format(log=str(folder / "log"), code=code))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.syspath_prepend(str(folder))
