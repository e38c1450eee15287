"""Hostile inputs: a generator writes one into a project, and a child process with limits reads it.

A generator is a `Hostile` in `CASES` of a module in tests/hostile/generators. Payloads, where they run, leave a file
whose name begins with 'pwned'. No input may do that, nor send a control character or a command of a CI server to the
output, nor take more than its memory and processor time.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from support.project import ROOT, SCONSTRUCT

PAYLOAD = "pwned"
"""Beginning of the name of a file that only a payload makes."""
CANARY_VARIABLE = "TINYML_TEST_CANARY"
"""Environment variable with the path of a file outside of the project that a payload may make, too."""
_ADDRESS_SPACE_BYTES = 16 * 2**30
_LARGEST_FILE_BYTES = 2**29
_TIMEOUT_S = 300
_RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]|^\s*(::|##\[|##vso\[)", re.MULTILINE)


@dataclass(frozen=True)
class Hostile:
    """An input that somebody may send, and the end that it is to come to.

    `write` puts it into the folder of a project, which has the board 'acme' and the model 'mine' otherwise.
    `command` begins with 'scons' or 'tinyml'. `says` is a part of stderr; '{project}' in it stands for the folder.
    """

    name: str
    write: Callable[[Path], object]
    command: tuple[str, ...]
    code: int = 1
    says: str = ""
    memory_mib: int = 512
    cpu_s: int = 20


@dataclass(frozen=True)
class Attempt:
    """Outcome of an input. `intruders` are files that a payload has made."""

    code: int
    output: str
    errors: str
    peak_mib: float
    cpu_s: float
    intruders: tuple[str, ...]

    @property
    def raw(self) -> list[str]:
        """Control characters, and lines that a CI server takes for commands, with what stands around them."""
        texts = (self.output, self.errors)
        return [
            text[max(found.start() - 20, 0) : found.end() + 20]
            for text in texts
            for found in _RAW.finditer(text)
        ]


def attempt(case: Hostile, folder: Path) -> Attempt:
    """Have a child read the input of `case` in a project of its own below `folder`."""
    project = folder / "project"
    shutil.copytree(ROOT / "tests" / "failing" / "base", project)
    (project / "SConstruct").write_text(SCONSTRUCT)
    case.write(project)
    program, *arguments = case.command
    module = {"scons": ["SCons", "-Q"], "tinyml": ["scons_tinyml"]}[program]
    output, errors = folder / "output", folder / "errors"
    with output.open("wb") as to_output, errors.open("wb") as to_errors:
        process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", "-c", _LAUNCHER, str(folder / "usage"), str(_TIMEOUT_S)),
                *(sys.executable, "-m", *module, *arguments),
            ],
            cwd=project,
            stdin=subprocess.DEVNULL,
            stdout=to_output,
            stderr=to_errors,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT / "site_scons"),
                "PYTHONSAFEPATH": "",
                CANARY_VARIABLE: str(folder / f"{PAYLOAD}-outside"),
            },
            preexec_fn=lambda: _limit(case),
        )
        try:
            process.wait()
        finally:
            process.kill()
    code, peak_kib, cpu_s = (folder / "usage").read_text().split()
    return Attempt(
        code=int(code),
        output=output.read_text(errors="replace"),
        errors=errors.read_text(errors="replace").replace(str(project), "{project}"),
        peak_mib=int(peak_kib) / 1024,
        cpu_s=float(cpu_s),
        intruders=tuple(sorted(str(path.relative_to(folder)) for path in folder.rglob(f"{PAYLOAD}*"))),
    )


_LAUNCHER = """
import os, signal, subprocess, sys
usage, timeout_s, *command = sys.argv[1:]
process = subprocess.Popen(command)
signal.signal(signal.SIGALRM, lambda *_: process.kill())
signal.alarm(int(timeout_s))
_, status, used = os.wait4(process.pid, 0)
with open(usage, "w") as file:
    print(os.waitstatus_to_exitcode(status), used.ru_maxrss, used.ru_utime + used.ru_stime, file=file)
"""
"""A small process between the tests and the child: Linux counts the memory of the parent for a child, too."""


def _limit(case: Hostile) -> None:
    """In the child: limits beyond which the system ends it, well above those of the case."""
    for limit, value in (
        (resource.RLIMIT_CPU, 4 * case.cpu_s),
        (resource.RLIMIT_AS, _ADDRESS_SPACE_BYTES),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
