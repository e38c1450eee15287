"""A row as one line of canonical JSON with its own checksum, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from hashlib import sha256
from operator import itemgetter
from typing import Any

from orjson import loads

from scons_tinyml.costs.dates import fault_of, latest
from scons_tinyml.costs.key import CostKey, canonical_json
from scons_tinyml.costs.packs.problems import LineProblem, explain, shown
from scons_tinyml.costs.packs.quick import KEY_TEXTS, TEXTS, row_texts
from scons_tinyml.costs.packs.schema import schema, validity
from scons_tinyml.costs.rows import MEASURED_HERE, CostRow
from scons_tinyml.records.board import core_names
from scons_tinyml.records.input_limits import JSON_DEPTH
from scons_tinyml.records.json_text import parse_json
from scons_tinyml.records.suggest import did_you_mean

MOST_INSTRUCTIONS_A_CYCLE = 2
"""Most instructions a cycle of any core of the schema. The Cortex-M7 issues two; single issue with IT folded (Cortex-M3
and M4, technical reference manuals, section 3.3.1) comes to two at the most."""
_KEY_FIELDS = tuple(field.name for field in fields(CostKey))
_LOCAL = ("key", "pack_name", "pack_digest", "signer")
_ROW_FIELDS = tuple(field.name for field in fields(CostRow) if field.name not in _LOCAL)
_texts = itemgetter(*TEXTS)


def row_to_line(row: CostRow) -> str:
    """Return the line of `row`, without the newline."""
    plain = {name: getattr(row.key, name) for name in _KEY_FIELDS}
    plain |= {name: getattr(row, name) for name in _ROW_FIELDS}
    plain["attributes"] = dict(row.key.attributes)
    plain["digest"] = row.key.digest
    return canonical_json({**plain, "checksum": sha256(canonical_json(plain).encode()).hexdigest()})


def row_from_line(line: bytes, here: str = MEASURED_HERE, last: str | None = None) -> CostRow:
    """Return the row of `line`, in ASCII, as `row_to_line` writes it. Raises LineProblem for any other line.

    `here` replaces the origin MEASURED_HERE, which is true only where the line was written. `last` is the latest
    time of a row, by default a day ahead of now.
    """
    values = _object(line)
    texts = row_texts(values) or _texts(_checked(values, "row"))
    checksum = values["checksum"]
    plain = line.replace(b'"checksum":"%b",' % checksum.encode("ascii"), b"", 1)
    _compare("checksum", checksum, sha256(plain).hexdigest())
    row = _row(values, texts, here)
    _compare("digest", values["digest"], row.key.digest)
    _refuse_unknown_core(row.key.core)
    refuse_date("measured_at", row.measured_at, last)
    if row.instructions is not None and row.instructions > MOST_INSTRUCTIONS_A_CYCLE * row.cycles:
        least = -(-row.instructions // MOST_INSTRUCTIONS_A_CYCLE)
        problem = f"found {row.cycles}, expected {least} or more for {row.instructions} instructions"
        raise LineProblem(problem, "cycles")
    return row


def refuse_date(key: str, text: str, last: str | None = None) -> None:
    """Raise LineProblem for an impossible date; `last` is as in `row_from_line`."""
    fault = fault_of(text, last or latest())
    if fault is not None:
        raise LineProblem(f"found {shown(text)}, {fault}", key)


def checked(line: bytes, name: str) -> dict[str, Any]:
    """Return the JSON object in `line`. Raises LineProblem unless it follows `$defs/<name>` of the schema."""
    return _checked(_object(line), name)


def _object(line: bytes) -> Any:
    if line.count(b"{") + line.count(b"[") > JSON_DEPTH:  # a row has two, and some in its texts
        _refuse_depth(line)
    try:
        return loads(line)
    except ValueError as error:
        raise LineProblem(f"found {shown(line.decode('ascii'))}, expected a JSON object ({error})") from None


def _refuse_depth(line: bytes) -> None:
    try:
        parse_json(line)
    except ValueError as error:
        raise LineProblem(f"found {shown(line.decode('ascii'))}, expected a JSON object ({error})") from None


def _checked(values: Any, name: str) -> dict[str, Any]:
    if not validity(name)(values):
        raise explain(values, name, schema())
    assert isinstance(values, dict)
    _refuse_floats(values)
    return values


def _row(values: Mapping[str, Any], texts: Sequence[Any], here: str) -> CostRow:
    """Return the row of `values`, whose `TEXTS` are `texts`."""
    operator, number_type, *others = texts[: len(KEY_TEXTS)]
    attributes = tuple(values["attributes"].items())  # a canonical line has them in the order of their names
    key = CostKey(operator, number_type, attributes, *others)
    tool_version, object_digest, origin, board = texts[len(KEY_TEXTS) :]
    counts = values["cycles"], values["instructions"], values["measured_at"]
    origin = here if origin == MEASURED_HERE else origin
    return CostRow(key, *counts, tool_version, object_digest, origin, board)


def _refuse_floats(values: Mapping[str, Any]) -> None:
    """Refuse numbers such as 2.0: the schema takes them for integers, but they are not canonical."""
    found = (*values.values(), *values.get("attributes", {}).values())
    if float in map(type, found):
        value = next(value for value in found if isinstance(value, float))
        raise LineProblem(f"found the number {value}, expected whole numbers only")


def _refuse_unknown_core(core: str) -> None:
    if core not in _cores():
        raise LineProblem(f"found '{core}', which is no known core; {did_you_mean(core, _cores())}", "core")


@cache
def _cores() -> tuple[str, ...]:
    return core_names()


def _compare(key: str, found: str, expected: str) -> None:
    if found != expected:
        raise LineProblem(f"found {found}, expected {expected}: the row was changed or damaged", key)
