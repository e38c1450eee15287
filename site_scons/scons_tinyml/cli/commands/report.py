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
from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.records.report import Report
from scons_tinyml.records.wrapping import PLAIN_COLUMNS, columns, print_wrapped
from scons_tinyml.reports.beside import NOTHING, read_beside
from scons_tinyml.reports.firmware import view_of_judged
from scons_tinyml.reports.formats import Format, find_format, formats
from scons_tinyml.reports.places import with_places
from scons_tinyml.reports.terminal import print_judged
from scons_tinyml.reports.view import View
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
        _open(report, path)
    elif options.json:
        print(json.dumps(report.model_dump(mode="json", by_alias=True), indent=2, sort_keys=True))
    elif drawn is None:
        print_judged(report, path)
    else:
        print(drawn.render(_view(report, path, drawn), columns(sys.stdout)), end="")


def _view(report: Judged, path: Path, drawn: Format) -> View:
    """Return the view of `report`, the file `path`, with what other files say now if the format `drawn` shows that."""
    beside = read_beside(report, path) if drawn.shows_beside and isinstance(report, Report) else NOTHING
    return with_places(view_of_judged(report, path, beside=beside), Path())


def _open(report: Judged, path: Path) -> None:
    """Draw the page of `report` again, as files beside it may be newer, and show it. Raises EnvironmentProblem."""
    import webbrowser

    html = find_format("html")
    page = path.with_name(html.file_name)
    write_text(page, html.render(_view(report, path, html), PLAIN_COLUMNS))
    print_wrapped(f"page: {page}")
    if not webbrowser.open(page.resolve().as_uri()):
        raise EnvironmentProblem("no browser was found", hint=f"open {page} by hand")
