"""Checks of the packages of a build, and of extras. Each is used in a process of its own, which may crash."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as distribution_version
from typing import NamedTuple

from scons_tinyml.cli.check import Check
from scons_tinyml.records.extras import EXTRAS, Extra

_TIMEOUT_S = 300
"""Seconds for one package. TensorFlow takes half a minute on a slow disk."""
_REMEDY = "pip install scons-tinyml, in a checkout ./bootstrap, installs what is missing"


class Probe(NamedTuple):
    """A package, with its distribution, and Python code that uses it."""

    name: str
    distribution: str
    use: str


PROBES = (
    Probe("scons", "scons", "import SCons.Script"),
    Probe("numpy", "numpy", "import numpy; numpy.ones(3).sum()"),
    Probe("tflite-micro", "tflite-micro", "from tflite_micro.python.tflite_micro import runtime"),
    Probe("ai-edge-litert", "ai-edge-litert", "from ai_edge_litert.interpreter import Interpreter"),
    Probe("flatbuffers", "flatbuffers", "import flatbuffers"),
    Probe(
        "unicorn", "unicorn", "import unicorn as u; u.Uc(u.UC_ARCH_ARM, u.UC_MODE_THUMB | u.UC_MODE_MCLASS)"
    ),
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
)


def check_packages(probes: Sequence[Probe]) -> Iterator[Check]:
    """Yield a check for each of `probes`, in their order."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(_check, probes)


def check_extras() -> Iterator[Check]:
    """Yield a check for each extra of the distribution; one that is not installed is absent, not missing."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(_check_extra, EXTRAS)


def _check_extra(extra: Extra) -> Check:
    name = f"extra {extra.name}"
    found = next((one for one in extra.distributions if _version(one) is not None), None)
    if found is None and not (extra.command and shutil.which(extra.command)):
        return Check(name, "absent", f"for {extra.for_what}: pip install 'scons-tinyml[{extra.name}]'")
    if found is None:
        return Check(name, "ok", f"{extra.command} on PATH")
    said = f"{found} {_version(found)}"
    problem = _problem(f"import {', '.join(extra.modules)}") if extra.modules else None
    if problem is None:
        return Check(name, "ok", said)
    return Check(
        name, "broken", f"{said} does not work: {problem}", f"pip install 'scons-tinyml[{extra.name}]'"
    )


def _version(distribution: str) -> str | None:
    try:
        return distribution_version(distribution)
    except PackageNotFoundError:
        return None


def _check(probe: Probe) -> Check:
    version = _version(probe.distribution)
    if version is None:
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
