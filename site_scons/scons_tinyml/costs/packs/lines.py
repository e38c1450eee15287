"""A row as one line of canonical JSON with its own checksum, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from hashlib import sha256
from pathlib import Path
from sys import intern
from typing import Any, NoReturn

from scons_tinyml.costs.key import CostKey, canonical_json
from scons_tinyml.costs.packs.problems import LineProblem, explain, shown
from scons_tinyml.costs.rows import MEASURED_HERE, CostRow
from scons_tinyml.records.board import core_names
from scons_tinyml.records.suggest import did_you_mean

SCHEMA_FILE = Path(__file__).parents[1] / "pack.schema.json"
MOST_INSTRUCTIONS_A_CYCLE = 2
"""No core of the schema issues more: the Cortex-M7 issues two, and single issue with IT folded (Cortex-M3 and M4,
technical reference manuals, section 3.3.1) comes to two at the most."""


def _no_float(text: str) -> NoReturn:
    raise LineProblem(f"found the number {text[:20]}, expected whole numbers only")


_DECODER = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float)
_KEY_FIELDS = tuple(field.name for field in fields(CostKey))
_ROW_FIELDS = tuple(field.name for field in fields(CostRow) if field.name != "key")
_SHARED = (
    "operator",
    "number_type",
    "kernel",
    "kernel_digest",
    "compiler",
    "flags",
    "core",
    "memory",
    "timing_version",
)


def row_to_line(row: CostRow) -> str:
    """The line of `row`, without the newline."""
    plain = {name: getattr(row.key, name) for name in _KEY_FIELDS}
    plain |= {name: getattr(row, name) for name in _ROW_FIELDS}
    plain["attributes"] = dict(row.key.attributes)
    plain["digest"] = row.key.digest
    return canonical_json({**plain, "checksum": sha256(canonical_json(plain).encode()).hexdigest()})


def row_from_line(line: str, here: str = MEASURED_HERE) -> CostRow:
    """The row that `row_to_line` made `line` of. Raises LineProblem for anything else.

    The origin of a row that was measured where the line comes from becomes `here`.
    """
    values = checked(line, "row")
    plain = line.replace(f'"checksum":"{values["checksum"]}",', "", 1)
    _compare("checksum", values["checksum"], sha256(plain.encode()).hexdigest())
    key = _key(values)
    _compare("digest", values["digest"], key.digest)
    _refuse_unknown_core(key.core)
    if values["origin"] == MEASURED_HERE:
        values["origin"] = here
    row = CostRow(key=key, **{name: values[name] for name in _ROW_FIELDS})
    if row.instructions is not None and row.instructions > MOST_INSTRUCTIONS_A_CYCLE * row.cycles:
        least = -(-row.instructions // MOST_INSTRUCTIONS_A_CYCLE)
        problem = f"found {row.cycles}, expected {least} or more for {row.instructions} instructions"
        raise LineProblem(problem, "cycles")
    return row


def checked(line: str, name: str) -> dict[str, Any]:
    """The JSON object in `line`, which is canonical and follows `$defs/<name>` of the schema."""
    try:
        values = _DECODER.decode(line)
        valid = validity(name)(values)
    except LineProblem:
        raise
    except (ValueError, RecursionError) as error:
        raise LineProblem(f"found {shown(line)}, expected a JSON object ({error})") from None
    if not valid:
        raise explain(values, name, schema())
    assert isinstance(values, dict)
    return values


@cache
def schema() -> dict[str, Any]:
    """The published JSON Schema."""
    found: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return found


@cache
def validity(name: str) -> Callable[[Any], bool]:
    """Whether a value follows `$defs/<name>`; jsonschema, which words what is wrong, takes 20 times as long."""
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator({**schema()["$defs"][name], "$defs": schema()["$defs"]}).is_valid


def _key(values: Mapping[str, Any]) -> CostKey:
    """Texts that most rows share are kept once: a pack of 100,000 rows is held in memory."""
    shared = {name: intern(values[name]) for name in _SHARED}
    return CostKey(
        **shared,
        attributes=tuple(values["attributes"].items()),  # in the order of their names in a canonical line
        evidence=values["evidence"],
    )


def _refuse_unknown_core(core: str) -> None:
    if core not in _cores():
        raise LineProblem(f"found '{core}', which is no known core; {did_you_mean(core, _cores())}", "core")


@cache
def _cores() -> tuple[str, ...]:
    return core_names()


def _compare(key: str, found: str, expected: str) -> None:
    if found != expected:
        raise LineProblem(f"found {found}, expected {expected}: the row was changed or damaged", key)
