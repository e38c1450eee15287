"""Check what builds need on this machine.

Every package is used in a process of its own, and the compiler makes an image for each core. Nothing of the project is
changed, and nothing downloaded. What cannot be found out is said as unknown. Extras, which only some builds need, are
ok or absent, and so is the compiler of `scons web`.

examples:
  tinyml doctor
  tinyml doctor --compiler /opt/gcc-arm/bin/arm-none-eabi-gcc
"""

from __future__ import annotations

import platform
import sqlite3
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

from scons_tinyml.cli.check import Check
from scons_tinyml.cli.compiling import check_compiler
from scons_tinyml.cli.databases import add_database_option, database_path
from scons_tinyml.cli.disk import check_folders
from scons_tinyml.cli.output import add_json_option, print_rows
from scons_tinyml.cli.packages import PROBES, check_extras, check_packages
from scons_tinyml.cli.web_compiling import check_web_compiler
from scons_tinyml.costs.inspect import inspect
from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.kernel import read_kernel_set
from scons_tinyml.reports.cells import Column, table_of
from scons_tinyml.resources import find_all, find_in, folders, results_folder, version
from scons_tinyml.stages.firmware.fetch import MANIFEST
from scons_tinyml.stages.firmware.toolchain import COMPILER

COLUMNS = (Column("name"), Column("status"), Column("detail"))


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    add_json_option(parser)
    add_database_option(parser)
    parser.add_argument("--compiler", default=COMPILER, help=f"C compiler (default: {COMPILER})")
    parser.add_argument(
        "--build", type=Path, default=results_folder(), help="folder of results, in the project"
    )


def run(options: Namespace) -> None:
    """Print all checks. Raises EnvironmentProblem if a thing that every build needs is missing or broken."""
    checks = [*_checks(options)]
    rows = [{"name": check.name, "status": check.status, "detail": check.detail} for check in checks]
    print_rows(options, rows, table_of(COLUMNS, rows))
    wrong = [check for check in checks if check.status in ("missing", "broken")]
    if wrong:
        named = "; ".join(
            f"{status}: {', '.join(names)}"
            for status in ("missing", "broken")
            if (names := [check.name for check in wrong if check.status == status])
        )
        remedies = dict.fromkeys(check.remedy for check in wrong)
        raise EnvironmentProblem(named, hint="\n  ".join(filter(None, remedies)))


def _checks(options: Namespace) -> Iterator[Check]:
    yield Check("scons-tinyml", "ok", version())
    yield Check("python", "ok", platform.python_version())
    yield from check_packages(PROBES)
    yield from check_extras()
    yield from check_compiler(options.compiler, options.project)
    yield check_web_compiler()
    yield from check_folders(options.project / options.build, database_path(options).parent)
    yield _guarded("kernel sets", lambda: _kernel_sets(options.project))
    yield from _external_sources(options)
    yield _guarded("cost database", lambda: _database(database_path(options)))


def _kernel_sets(project: Path) -> str:
    """Return the names of the sets by folder, the project's own first, and which of them others hide."""
    used, texts = find_all("kernels", project), []
    for place in folders("kernels", project):
        found = find_in("kernels", [place])
        names = [name if used[name] == path else f"{name} (hidden)" for name, path in found.items()]
        texts.append(f"{', '.join(names) or 'none'} in {place}")
    return "; ".join(texts)


def _external_sources(options: Namespace) -> Iterator[Check]:
    """Yield a check for each kernel set with external sources, which the first build fetches."""
    for name, folder in find_all("kernels", options.project).items():
        external = read_kernel_set(folder)[0].external
        if external is None:
            continue
        unpacked = options.project / options.build / "common" / "external" / name
        if (unpacked / MANIFEST).is_file():
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
    """Return a check with the result of `look`; its status is 'unknown', with the reason, when `look` fails."""
    try:
        return Check(name, "ok", look())
    except (InputError, EnvironmentProblem, sqlite3.Error, OSError) as error:
        return Check(name, "unknown", str(error))
