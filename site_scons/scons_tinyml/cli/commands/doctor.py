"""Check what builds need on this machine.

Nothing is made, changed or downloaded. What cannot be found out is said as unknown.

examples:
  tinyml doctor
  tinyml doctor --compiler /opt/gcc-arm/bin/arm-none-eabi-gcc
"""

from __future__ import annotations

import platform
import shutil
import sqlite3
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as distribution_version
from pathlib import Path
from typing import Literal

from scons_tinyml.cli.databases import add_database_option, database_path
from scons_tinyml.cli.output import add_json_option, print_rows
from scons_tinyml.costs.inspect import inspect
from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.records.kernel import read_kernel_set
from scons_tinyml.reports.cells import Column, table_of
from scons_tinyml.resources import find_all, version
from scons_tinyml.stages.firmware.toolchain import COMPILER, PACKAGES, find_toolchain

Status = Literal["ok", "missing", "unknown"]

DISTRIBUTIONS = (
    *(("scons", "scons"), ("tensorflow", "tensorflow-cpu"), ("tflite-micro", "tflite-micro")),
    ("ai-edge-litert", "ai-edge-litert"),
    *(("unicorn", "unicorn"), ("numba", "numba"), ("capstone", "capstone"), ("sqlite-utils", "sqlite-utils")),
    *(
        ("highspy", "highspy"),
        ("pydantic", "pydantic"),
        ("pyserial", "pyserial"),
        ("animal-mnist", "animal-mnist"),
    ),
)
"""Packages to check, and their distributions."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked for."""

    name: str
    status: Status
    detail: str


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    add_json_option(parser)
    add_database_option(parser)
    parser.add_argument("--compiler", default=COMPILER, help=f"C compiler (default: {COMPILER})")
    parser.add_argument("--build", type=Path, default=Path("build"), help="folder of results, in the project")


def run(options: Namespace) -> None:
    """Print all checks. Raises EnvironmentProblem when something that every build needs is missing."""
    checks = [*_checks(options)]
    rows = [asdict(check) for check in checks]
    print_rows(options, rows, table_of((Column("name"), Column("status"), Column("detail")), rows))
    missing = [check.name for check in checks if check.status == "missing"]
    if missing:
        raise EnvironmentProblem(
            f"missing: {', '.join(missing)}", hint="./bootstrap installs what is missing"
        )


def _checks(options: Namespace) -> Iterator[Check]:
    yield Check("scons-tinyml", "ok", version())
    yield Check("python", "ok", platform.python_version())
    for name, distribution in DISTRIBUTIONS:
        yield _distribution(name, distribution)
    yield _compiler(options.compiler)
    yield from _external_sources(options)
    yield _guarded("cost database", lambda: _database(database_path(options)))


def _distribution(name: str, distribution: str) -> Check:
    try:
        return Check(name, "ok", distribution_version(distribution))
    except PackageNotFoundError:
        return Check(name, "missing", f"{distribution} is not installed")


def _compiler(name: str) -> Check:
    if shutil.which(name) is None:
        return Check("compiler", "missing", f"{name} is not on PATH; on Debian and Ubuntu: {PACKAGES}")
    return _guarded("compiler", lambda: find_toolchain(name).version)


def _external_sources(options: Namespace) -> Iterator[Check]:
    """One check for each kernel set with external sources, which the first build fetches."""
    for name, folder in find_all("kernels", options.project).items():
        external = read_kernel_set(folder)[0].external
        if external is None:
            continue
        unpacked = options.project / options.build / "common" / "external" / name
        if (unpacked / "manifest.json").is_file():
            yield Check(f"{name} sources", "ok", f"{external.distribution} {external.version} in {unpacked}")
        else:
            yield Check(f"{name} sources", "unknown", "not fetched yet; the first build does")


def _database(path: Path) -> str:
    try:
        found = inspect(path)
    except FileNotFoundError:
        return f"none yet at {path}; the first build makes it"
    return f"{path}: {found.costs} measurements, {found.proofs} proofs, schema version {found.version}"


def _guarded(name: str, look: Callable[[], str]) -> Check:
    """Check with the answer of `look`; its status is 'unknown', with the reason, when `look` fails."""
    try:
        return Check(name, "ok", look())
    except (EnvironmentProblem, sqlite3.Error, OSError) as error:
        return Check(name, "unknown", str(error))
