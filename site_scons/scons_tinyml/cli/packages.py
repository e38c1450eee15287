"""Checks of the Python packages of a build. Each is used in a process of its own, which may crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as distribution_version
from typing import NamedTuple

from scons_tinyml.cli.check import Check

_TIMEOUT_S = 300
"""Seconds for one package. TensorFlow takes half a minute on a slow disk."""
_REMEDY = "./bootstrap installs the versions of requirements.lock"


class Probe(NamedTuple):
    """A package, with its distribution, and Python code that uses it."""

    name: str
    distribution: str
    use: str


PROBES = (
    Probe("scons", "scons", "import SCons.Script"),
    Probe("numpy", "numpy", "import numpy; numpy.ones(3).sum()"),
    Probe("tensorflow", "tensorflow-cpu", "import tensorflow, keras; tensorflow.constant(1) + 1"),
    Probe("tflite-micro", "tflite-micro", "from tflite_micro.python.tflite_micro import runtime"),
    Probe("ai-edge-litert", "ai-edge-litert", "from ai_edge_litert.interpreter import Interpreter"),
    Probe("flatbuffers", "flatbuffers", "import flatbuffers"),
    Probe(
        "unicorn", "unicorn", "import unicorn as u; u.Uc(u.UC_ARCH_ARM, u.UC_MODE_THUMB | u.UC_MODE_MCLASS)"
    ),
    Probe("numba", "numba", "import numba; assert numba.njit(lambda x: x + 1)(1) == 2"),
    Probe(
        "capstone",
        "capstone",
        "import capstone as c; c.Cs(c.CS_ARCH_ARM, c.CS_MODE_THUMB | c.CS_MODE_MCLASS)",
    ),
    Probe("pyelftools", "pyelftools", "from elftools.elf.elffile import ELFFile"),
    Probe("sqlite-utils", "sqlite-utils", "import sqlite_utils; sqlite_utils.Database(memory=True)"),
    Probe("highspy", "highspy", "import highspy; highspy.Highs()"),
    Probe("pydantic", "pydantic", "import pydantic"),
    Probe("jsonschema", "jsonschema", "import jsonschema, jsonschema_rs, orjson"),
    Probe("jinja2", "jinja2", "import jinja2"),
    Probe("rich", "rich", "import rich.table"),
    Probe("pyserial", "pyserial", "import serial"),
    Probe(
        "animal-mnist",
        "animal-mnist",
        "from importlib.util import find_spec; assert find_spec('animal_mnist'), 'it has no module'",
    ),
)


def check_packages(probes: Sequence[Probe]) -> Iterator[Check]:
    """Yield a check for each of `probes`, in their order."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(_check, probes)


def _check(probe: Probe) -> Check:
    try:
        version = distribution_version(probe.distribution)
    except PackageNotFoundError:
        return Check(probe.name, "missing", f"{probe.distribution} is not installed", _REMEDY)
    problem = _problem(probe.use)
    if problem is None:
        return Check(probe.name, "ok", version)
    return Check(probe.name, "broken", f"{version} does not work: {problem}", _REMEDY)


def _problem(program: str) -> str | None:
    """Return why Python cannot run `program`, None when it can."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", program],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it takes more than {_TIMEOUT_S} s"
    if done.returncode == 0:
        return None
    if done.returncode < 0:
        return f"it ends with {signal.Signals(-done.returncode).name}"
    lines = [line.strip() for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else f"exit code {done.returncode}"
