"""Print everything about one row: its key, what was measured, and the proofs of its kernel.

DIGEST is what 'tinyml costs list' or 'tinyml costs stale' has in the column 'row'; its beginning does, as long as no
other row begins alike. A row is found by the shape of its layer; a proof holds for one layer with its weights, so that
a row may have several, or none.

examples:
  tinyml costs show 68a3172f4de8
  tinyml costs show 68a3 --json
"""

from __future__ import annotations

import json
import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

from scons_tinyml.cli.costs_commands.list_ import DIGEST_DIGITS
from scons_tinyml.cli.databases import add_database_option, database_path, open_existing
from scons_tinyml.cli.output import add_json_option
from scons_tinyml.cli.placement_names import placement_names
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.costs.rows import Proof
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.json_text import parse_json
from scons_tinyml.records.visible import visible
from scons_tinyml.records.wrapping import beside, columns, wrapped
from scons_tinyml.reports.cells import Cell, Column, Table
from scons_tinyml.reports.table import text_table

_SHOWN_CANDIDATES = 5
_PROOF_KEY = ("kernel", "kernel_digest", "code_digest", "compiler", "flags", "core", "object_digest")
"""Columns that a row and its proofs have in common."""

PROOFS = (
    *(Column("proof"), Column("layer"), Column("oracle")),
    *(Column("compared bytes", "count", spec="d"), Column("checked"), Column("result")),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("digest", metavar="DIGEST", help="beginning of the row's digest")
    add_json_option(parser)
    add_database_option(parser)


def run(options: Namespace) -> None:
    """Print the row, or the proof. Raises InputError unless exactly one digest begins with DIGEST."""
    with open_existing(options) as database:
        table, record = _find(database, options.digest)
        proofs = _proofs(database, record) if table == "costs" else []
    if table == "costs":
        record["placement"] = placement_names(options.project).get((record["board"], record["memory"]))
    for column in ("attributes", "memory"):
        if column in record:
            try:
                value = parse_json(record[column])
                record[column] = dict(value) if column == "attributes" else value
            except (ValueError, TypeError) as error:
                where = database_path(options)
                raise InputError(
                    f"row {record['digest']} is damaged: {error}", where=where, key=column
                ) from None
    if options.json:
        print(json.dumps(record | ({"proofs": proofs} if table == "costs" else {}), indent=2))
    else:
        print("\n".join(_readable(record, proofs, columns(sys.stdout))))


def _find(database: CostDatabase, prefix: str) -> tuple[str, dict[str, Any]]:
    if not re.fullmatch(r"[0-9a-f]{1,64}", prefix):
        raise InputError(
            f"'{prefix}' is not the beginning of a digest",
            where="command line",
            key="DIGEST",
            hint="digits and letters from a to f, as 'tinyml costs list' prints them",
        )
    found = [
        (table, record)
        for table in ("costs", "proofs")
        for record in database.query(  # a range, which the index can find; 'g' follows all hexadecimal digits
            f"select * from {table} where digest >= ? and digest < ? order by digest limit ?",
            [prefix, f"{prefix}g", _SHOWN_CANDIDATES],
        )
    ]
    if not found:
        raise InputError(
            f"no row or proof begins with '{prefix}'",
            where=database.path,
            hint="tinyml costs list shows rows",
        )
    if len(found) > 1:
        listed = ", ".join(record["digest"][:DIGEST_DIGITS] for _, record in found[:_SHOWN_CANDIDATES])
        raise InputError(
            f"more than one begins with '{prefix}': {listed}", where=database.path, hint="give more digits"
        )
    return found[0]


def _proofs(database: CostDatabase, record: dict[str, Any]) -> list[dict[str, Any]]:
    where = " and ".join(f"{name} = ?" for name in _PROOF_KEY)
    sql = f"select * from proofs where {where} order by checked_at desc, digest"
    return database.query(sql, [record[name] for name in _PROOF_KEY])


def _readable(record: dict[str, Any], proofs: list[dict[str, Any]], width: int) -> Iterator[str]:
    longest = max(map(len, record))
    for name, value in record.items():
        text = f"{value:,}" if isinstance(value, int) else "-" if value in (None, "") else value
        term = visible(f"{name.replace('_', ' '):{longest}}  ")
        for line in _lines(value) if isinstance(value, dict) else [text]:
            yield beside(term, line, width)
            term = " " * len(term)
    if "cycles" in record:
        yield ""
        yield wrapped(
            f"proofs of this kernel with these sources, compiler and flags on this core: {len(proofs)}", width
        )
        if proofs:
            yield text_table(Table(PROOFS, tuple(map(_proof, proofs))), width)


def _lines(value: dict[str, Any]) -> Iterator[str]:
    yield from (f"{key}: {json.dumps(inner)}" for key, inner in value.items())


def _proof(record: dict[str, Any]) -> tuple[Cell, ...]:
    proof = Proof.from_record(record)
    key = proof.key
    digests = key.digest[:DIGEST_DIGITS], key.layer_digest[:DIGEST_DIGITS]
    result = proof.disagreement() or "equal"
    return *digests, key.oracle, proof.compared_bytes, proof.checked_at[:10], result
