"""Work in a copy of a process: its end, its limits and its interrupt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import os, signal, sys
from pathlib import Path
from scons_tinyml.records.errors import InputError
from scons_tinyml.stages import command, interrupt
from scons_tinyml.stages.guarded import guarded

def fail():
    raise InputError("is wrong", where="model.toml")

def wait():
    try:
        print("waits", flush=True)
        signal.pause()
    finally:
        print("has cleaned up", flush=True)

WORK = {
    "say": lambda: print("done"),
    "fail": fail,
    "allocate": lambda: bytearray(2**33),
    "abort": os.abort,
    "spin": lambda: all(True for _ in iter(int, 1)),
    "wait": wait,
}
command.run(lambda: lambda arguments: guarded(WORK[arguments[0]], Path("net.keras")), sys.argv[1:])
"""
RAISES = "in the environment raises the limit"


def start(work: str, limits: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, work],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TINYML_LIMITS": limits, "PYTHONPATH": os.pathsep.join(sys.path)},
        start_new_session=True,
    )


@pytest.mark.parametrize(
    ("work", "code", "output", "error"),
    [
        ("say", 0, "done\n", ""),
        ("fail", 1, "", "tinyml: error: model.toml: is wrong\n"),
        (
            "allocate",
            1,
            "",
            "tinyml: error: net.keras: memory of TensorFlow, onnx2tf or a reader of data: found more, "
            "expected at most 4096.00 MiB "
            "(4,294,967,296 B)\n  TensorFlow itself takes 0.4 GiB; if the input is right, "
            f"TINYML_LIMITS=converter_memory=... {RAISES}\n",
        ),
        (
            "abort",
            1,
            "",
            "tinyml: error: net.keras: ends its reader (SIGABRT)\n  it is damaged, or needs more than 4096.00 MiB "
            "(4,294,967,296 B) at once, which TINYML_LIMITS=converter_memory=... in the environment raises\n",
        ),
        (
            "spin",
            1,
            "",
            "tinyml: error: net.keras: processor time of a conversion by TensorFlow or onnx2tf, "
            "or of reading data: found more, "
            "expected at most 1 s\n  networks for microcontrollers take seconds to minutes; if the input is right, "
            f"TINYML_LIMITS=converter_time=... {RAISES}\n",
        ),
    ],
)
def test_ends(work: str, code: int, output: str, error: str) -> None:
    process = start(work, "converter_time=1" if work == "spin" else "")
    assert (*process.communicate(), process.returncode) == (output, error, code)


@pytest.mark.parametrize("whole_group", [True, False])
def test_an_interrupt_cleans_up_and_is_told_once(whole_group: bool) -> None:
    process = start("wait")
    assert process.stdout is not None
    assert process.stdout.readline() == "waits\n"
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
    output, error = process.communicate()
    assert (output, process.returncode) == ("has cleaned up\n", 130)
    assert error == "tinyml: interrupted; run the same command again to go on\n"


def test_the_file_is_named_by_the_request(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scons_tinyml.stages", "quantize", "--keras", tmp_path / "net.keras"]
    outputs = ["--float", tmp_path / "f.tflite", "--samples", tmp_path / "s.npz"]
    done = subprocess.run([*command, *outputs], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, f"tinyml: error: {tmp_path / 'net.keras'}: no such file\n")
