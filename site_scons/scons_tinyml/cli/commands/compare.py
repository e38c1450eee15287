"""Compare two reports of one network on one board.

OLD and NEW are report.json files, or the folders that they lie in. What has changed is printed; a tolerance that is
exceeded ends with exit code 2.

examples:
  tinyml compare old/report.json build/stm32l1/catdetector
  tinyml compare old build/stm32l1/catdetector --tolerances flash:1%,latency:2%
  tinyml compare old build/stm32l1/catdetector --format markdown
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.cli.output import add_json_option
from scons_tinyml.records.wrapping import columns
from scons_tinyml.reports.comparison import as_html, as_markdown, as_text
from scons_tinyml.stages.gate.comparison import compare_files, require_tolerated

FORMATS = ("text", "markdown", "html")


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("old", type=Path, metavar="OLD", help="earlier report.json or its folder")
    parser.add_argument("new", type=Path, metavar="NEW", help="report.json or its folder")
    parser.add_argument(
        "--tolerances", default="", help="such as flash:1%%,ram:256B,latency:2%%,accuracy:0.005"
    )
    parser.add_argument("--model", type=Path, help="model.toml with tolerances")
    drawn = parser.add_mutually_exclusive_group()
    drawn.add_argument("--format", choices=FORMATS, default=FORMATS[0], help=f"of {', '.join(FORMATS)}")
    add_json_option(drawn)


def run(options: Namespace) -> None:
    """Print the comparison. Raises InputError, and BudgetExceeded over a tolerance."""
    old, new = (path / "report.json" if path.is_dir() else path for path in (options.old, options.new))
    found = compare_files(old, new, options.model, options.tolerances)
    if options.json:
        print(json.dumps(found.model_dump(mode="json", by_alias=True), indent=2, sort_keys=True))
    elif options.format == "markdown":
        print(as_markdown(found), end="")
    elif options.format == "html":
        print(as_html(found), end="")
    else:
        print(as_text(found, columns(sys.stdout)), end="")
    require_tolerated(found, new)
