"""Write measurements as a pack that others can import.

FILE becomes JSON Lines: a header with a digest, then a row a line (tinyml schema cost-pack). It is replaced as a whole
or not at all. Rows that do not say which object they were measured from are stale, and are left out.

examples:
  tinyml costs export team.jsonl
  tinyml costs export --board stm32l4 --name ours l4.jsonl
  tinyml costs export --board stm32l4 --loose kernels/costs/stm32l4.jsonl
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.cli.databases import add_database_option, open_existing
from scons_tinyml.costs.packs.files import loose_text, pack_text
from scons_tinyml.costs.rows import CostRow, utc_now
from scons_tinyml.records.visible import visible
from scons_tinyml.stages.files import write_text


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the pack to write")
    for name in ("core", "board", "kernel"):
        parser.add_argument(f"--{name}", help=f"only rows of this {name}")
    parser.add_argument("--name", help="who measured, kept with the rows (default: the name of FILE)")
    parser.add_argument(
        "--loose", action="store_true", help="rows without a header: seeds, which git can merge line by line"
    )
    add_database_option(parser)


def run(options: Namespace) -> None:
    """Write the pack. Raises InputError for an invalid name of a pack."""
    with open_existing(options) as database:
        rows = [row for row in database.all_rows() if _is_wanted(row, options)]
    name = options.name or options.file.stem
    write_text(options.file, loose_text(rows) if options.loose else pack_text(rows, name, utc_now()))
    print(visible(f"{options.file}: {len(rows)} rows"))


def _is_wanted(row: CostRow, options: Namespace) -> bool:
    if not row.object_digest:
        return False
    found = {"core": row.key.core, "kernel": row.key.kernel, "board": row.board}
    return all(getattr(options, name) in (None, value) for name, value in found.items())
