"""Print a report that a build has written.

PATH is a report.json, or the folder that one lies in. Without --format a terminal has colours and bars, and everything
else the format 'text'. --open shows the page in a browser, and writes it first where it is missing or older than the
report.

examples:
  tinyml report build/stm32l1/catdetector
  tinyml report build/stm32l1/catdetector --wide
  tinyml report build/stm32l1/catdetector --format text
  tinyml report build/stm32l1/catdetector --open
  tinyml report build/stm32l1/catdetector/report.json --json
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.cli.output import add_json_option
<<<<<<< HEAD
from scons_tinyml.records.errors import EnvironmentProblem, InputError
from scons_tinyml.records.report import Report
from scons_tinyml.records.wrapping import PLAIN_COLUMNS, columns, print_wrapped
from scons_tinyml.reports.beside import read_beside
=======
from scons_tinyml.records.wrapping import columns
from scons_tinyml.reports.firmware import view_of_judged
>>>>>>> forci
from scons_tinyml.reports.formats import find_format, formats
from scons_tinyml.reports.places import with_places
from scons_tinyml.reports.terminal import print_judged
from scons_tinyml.stages.files import write_text
from scons_tinyml.stages.gate.report_file import Judged, read_judged


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("path", type=Path, metavar="PATH", help="report.json or its folder")
    drawn = parser.add_mutually_exclusive_group()
    drawn.add_argument("--format", metavar="NAME", help=f"of {', '.join(formats())}")
    add_json_option(drawn)
    drawn.add_argument("--open", action="store_true", help="show the page report.html in a browser")


def run(options: Namespace) -> None:
    """Print the report; its verdict does not change the exit code. Raises InputError."""
    drawn = find_format(options.format) if options.format is not None else None
    path = options.path / "report.json" if options.path.is_dir() else options.path
    report = read_judged(path)
    if options.open:
        _open(_alone(report, path, "has no page"), path)
        return
    if options.json:
        print(json.dumps(report.model_dump(mode="json", by_alias=True), indent=2, sort_keys=True))
    elif drawn is None:
        print_judged(report, path)
    else:
<<<<<<< HEAD
        found = _alone(report, path, f"has no format '{options.format}'")
        view = view_of(found, path, beside=read_beside(found, path))
        print(drawn.render(view, columns(sys.stdout)), end="")


def _alone(report: Judged, path: Path, lacks: str) -> Report:
    """Return `report` if it is of one network. Raises InputError."""
    if isinstance(report, Report):
        return report
    raise InputError(
        f"is the report of a firmware of several networks, which {lacks}",
        where=path,
        hint="without --format it is printed as text, with --json as JSON",
    )


def _open(report: Report, path: Path) -> None:
    """Show the page of `report` in a browser; write it if it is missing or older. Raises EnvironmentProblem."""
    import webbrowser

    html = find_format("html")
    page = path.with_name(html.file_name)
    if not page.is_file() or page.stat().st_mtime_ns < path.stat().st_mtime_ns:
        write_text(page, html.render(view_of(report, path, beside=read_beside(report, path)), PLAIN_COLUMNS))
    print_wrapped(f"page: {page}")
    if not webbrowser.open(page.resolve().as_uri()):
        raise EnvironmentProblem("no browser was found", hint=f"open {page} by hand")
=======
        view = with_places(view_of_judged(report, path), Path())
        print(drawn.render(view, columns(sys.stdout)), end="")
>>>>>>> forci
