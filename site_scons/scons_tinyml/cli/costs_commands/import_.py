"""Take packs of others into the database.

A pack is checked whole before anything is taken: its schema, digest and number of rows, and of every row key, checksum,
core and cycles. One that is not in order is refused, and so are all packs of the same call. Rows that the database has,
as they are or newer, stay. Rows that disagree by more than 10 % with the others of their kind are listed and left out;
then the exit code is 1, though all others are in. Nothing in a pack is executed, or used as a path.

A signature is checked, and who signed is kept with the rows. Hardware rows of a pack decide no verdict until a build
trusts them, by the pack's digest or the signer's key, as this command prints them.

examples:
  tinyml costs import team.jsonl other.jsonl
  tinyml costs import --accept-outliers team.jsonl
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from scons_tinyml.cli.databases import add_database_option, database_path
from scons_tinyml.cli.output import add_json_option
from scons_tinyml.costs.packs.intake import Intake, import_packs
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.wrapping import columns, wrapped


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="packs, taken in this order")
    parser.add_argument(
        "--accept-outliers", action="store_true", help="take the rows that disagree too, on purpose"
    )
    add_json_option(parser)
    add_database_option(parser)


def run(options: Namespace) -> None:
    """Import all packs. Raises InputError for an invalid one, and when outliers were left out."""
    found = import_packs(options.files, database_path(options), accept_outliers=options.accept_outliers)
    intakes = {str(path): intake for path, intake in found.items()}
    if options.json:
        print(json.dumps({path: _facts(intake, options) for path, intake in intakes.items()}, indent=2))
    else:
        print("\n".join(_summary(path, intake, options) for path, intake in intakes.items()))
    left_out = sum(len(intake.outliers) for intake in intakes.values())
    if left_out and not options.accept_outliers:
        raise InputError(
            f"{left_out} of the rows disagree by more than 10 % with others of their kind and were left out",
            where="tinyml costs import",
            hint="look at how they were measured; --accept-outliers takes them",
        )


def _facts(intake: Intake, options: Namespace) -> dict[str, Any]:
    outliers = [
        {
            "digest": outlier.row.key.digest,
            "kernel": outlier.row.key.kernel,
            "cycles": outlier.row.cycles,
            "others_cycles": outlier.middle,
            "taken": options.accept_outliers,
        }
        for outlier in intake.outliers
    ]
    header = intake.header
    return {
        "digest": header.digest if header else None,
        "signer": (header.signer or None) if header else None,
        "taken": len(intake.taken),
        "present": intake.present,
        "outliers": outliers,
    }


def _summary(path: str, intake: Intake, options: Namespace) -> str:
    what = "taken on purpose" if options.accept_outliers else "left out"
    lines = [f"{path}: {len(intake.taken)} rows taken, {intake.present} there already"]
    header, on_board = intake.header, [row for row in intake.taken if row.key.evidence == "hardware"]
    if header is not None and header.signer:
        lines.append(f"  signed by {header.signer}")
    if header is not None and on_board:
        name = header.signer or f"sha256:{header.digest}"
        lines.append(f"  {len(on_board)} of hardware decide no verdict; a build with trust={name} lets them")
    lines += [f"  {what}: {outlier}" for outlier in intake.outliers]
    return "\n".join(wrapped(line, columns(sys.stdout)) for line in lines)
