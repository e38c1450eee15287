"""Make one pack of several, without a database.

Of rows with the same key the newest measurement is kept. The order of the packs does not matter, and merging a pack
that is in already changes nothing. Rows of one key that disagree by more than 10 % are told.

examples:
  tinyml costs merge ours.jsonl theirs.jsonl --output all.jsonl
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from scons_tinyml.costs.outliers import disagree
from scons_tinyml.costs.packs.files import Pack, pack_text, read_pack
from scons_tinyml.costs.packs.merge import merged
from scons_tinyml.costs.rows import CostRow
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.stages.files import write_text


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("files", type=Path, nargs="+", metavar="PACK", help="packs to merge")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the pack to write")
    parser.add_argument("--name", help="name of the new pack (default: the name of FILE)")


def run(options: Namespace) -> None:
    """Write the merged pack. Raises InputError for an invalid pack."""
    packs = [read_pack(path) for path in options.files]
    rows = merged(*(pack.rows for pack in packs))
    created = max(pack.header.created for pack in packs)
    write_text(options.output, pack_text(rows, options.name or options.output.stem, created))
    for line in _disagreements(packs, rows):
        print_wrapped(f"tinyml: warning: {line}", sys.stderr)
    count = sum(len(pack.rows) for pack in packs)
    print_wrapped(f"{options.output}: {len(rows)} rows of {count}")


def _disagreements(packs: Sequence[Pack], rows: Sequence[CostRow]) -> list[str]:
    kept = {row.key.digest: row for row in rows}
    apart = {
        (row.key.digest, row.key.kernel, row.cycles, kept[row.key.digest].cycles)
        for pack in packs
        for row in pack.rows
        if disagree(row.cycles, kept[row.key.digest].cycles)
    }
    return [
        f"{digest[:12]} {kernel}: {cycles:,} cycles in one pack, {others:,} in the newer one, which is kept"
        for digest, kernel, cycles, others in sorted(apart)
    ]
