"""Print the table of a report that a build has written.

PATH is a report.json, or the folder that one lies in.

examples:
  tinyml report build/stm32l1/catdetector
  tinyml report build/stm32l1/catdetector/report.json --json
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.cli.output import add_json_option
from scons_tinyml.reports.table import print_report
from scons_tinyml.stages.gate.report_file import read_report


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("path", type=Path, metavar="PATH", help="report.json or its folder")
    add_json_option(parser)


def run(options: Namespace) -> None:
    """Print the report; what its verdict is does not change the exit code."""
    path = options.path / "report.json" if options.path.is_dir() else options.path
    report = read_report(path)
    if options.json:
        print(json.dumps(report.model_dump(mode="json", by_alias=True), indent=2, sort_keys=True))
    else:
        print_report(report, path)
