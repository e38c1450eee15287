"""Write measurements as a pack that others can import.

FILE becomes JSON Lines: a header with a digest, then a row a line (tinyml schema cost-pack). It is replaced as a whole
or not at all. Rows that do not say which object they were measured from are stale, and are left out, as are rows with
impossible dates. A signed pack says who vouches for all of its rows, and others may trust that key (trust= of a build).

examples:
  tinyml costs export team.jsonl
  tinyml costs export --board stm32l4 --name ours l4.jsonl
  tinyml costs export --sign ~/.keys/measurements.pem team.jsonl
  tinyml costs export --board stm32l4 --loose kernels/costs/stm32l4.jsonl
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from scons_tinyml.cli.databases import add_database_option, open_existing
from scons_tinyml.costs.dates import fault_of, latest, utc_now
from scons_tinyml.costs.packs.files import pack_text
from scons_tinyml.costs.packs.seeds import seeds_text
from scons_tinyml.costs.packs.signing import read_key
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.wrapping import print_wrapped
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
    parser.add_argument(
        "--sign", type=Path, metavar="KEYFILE", help="sign with this key (tinyml costs keygen)"
    )
    add_database_option(parser)


def run(options: Namespace) -> None:
    """Write the pack. Raises InputError for an invalid name of a pack, and for a file that is no key."""
    if options.loose and options.sign:
        raise InputError(
            "is not used with --loose: loose rows have no header that could be signed",
            where="command line",
            key="--sign",
        )
    key = read_key(options.sign) if options.sign else None
    last = latest()
    with open_existing(options) as database:
        rows = [row for row in database.all_rows() if _is_wanted(row, options, last)]
    name = options.name or options.file.stem
    text = seeds_text(rows) if options.loose else pack_text(rows, name, utc_now(), key)
    write_text(options.file, text)
    print_wrapped(f"{options.file}: {len(rows)} rows{f', signed by {key.signer}' if key else ''}")


def _is_wanted(row: CostRow, options: Namespace, last: str) -> bool:
    if not row.object_digest or fault_of(row.measured_at, last):
        return False
    found = {"core": row.key.core, "kernel": row.key.kernel, "board": row.board}
    return all(getattr(options, name) in (None, value) for name, value in found.items())
