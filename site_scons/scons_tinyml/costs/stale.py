"""Stale rows, which no build finds, with the reasons.

The key of a stale row is not the key that builds look up. The row is kept until it is pruned: when its compiler or
kernel comes back, it is current again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from scons_tinyml.costs.current import Circumstances, Current
from scons_tinyml.costs.database import CostDatabase
from scons_tinyml.records.json_text import parse_json

Cause = Literal["board", "compiler", "flags", "kernel", "sources", "memory", "timing", "oracle", "object"]
CAUSES: tuple[Cause, ...] = get_args(Cause)
Table = Literal["costs", "proofs"]

_COLUMNS: Mapping[Table, tuple[str, ...]] = {
    "costs": tuple(field.name for field in fields(Circumstances) if field.name != "oracle"),
    "proofs": ("kernel", "kernel_digest", "compiler", "flags", "core", "oracle", "has_object"),
}
_EXPRESSIONS = {"has_object": "(object_digest <> '')"}
"""SQL of values that are no columns."""
_SHOWN_DIGITS = 12


@dataclass(frozen=True)
class Reason:
    """One reason why rows are stale: `cause` for `--because`, `text` for people."""

    cause: Cause
    text: str


@dataclass(frozen=True)
class Group:
    """Rows of one table with the same circumstances. Without reasons they are current."""

    table: Table
    circumstances: Circumstances
    rows: int
    reasons: tuple[Reason, ...]
    unknown: tuple[str, ...]
    """Sentences about circumstances that cannot be compared on this machine."""


def groups(database: CostDatabase, current: Current) -> list[Group]:
    """Return all rows and proofs of `database`, grouped and judged."""
    return [group for table in _COLUMNS for group in _groups(database, table, current)]


def digests(database: CostDatabase, group: Group, limit: int = -1) -> list[str]:
    """Return the digests of the rows in `group`, at most `limit` of them; -1 means all."""
    columns = _COLUMNS[group.table]
    where = " and ".join(f"{_EXPRESSIONS.get(name, name)} = ?" for name in columns)
    values = [getattr(group.circumstances, name) for name in columns]
    sql = f"select digest from {group.table} where {where} order by digest limit ?"
    return [record["digest"] for record in database.query(sql, [*values, limit])]


def reasons(found: Circumstances, current: Current) -> tuple[Reason, ...]:
    """Return the reasons why rows of these circumstances are stale; nothing when they are current."""
    return tuple(Reason(cause, text) for cause, text in _differences(found, current))


def unknown(found: Circumstances, current: Current) -> tuple[str, ...]:
    """Return a sentence for each circumstance that cannot be compared on this machine."""
    missing = []
    if current.sources.get(found.kernel, "") is None:
        missing.append(f"the sources of {found.kernel.partition('/')[0]} are not on this machine")
    if found.oracle and current.oracle is None:
        missing.append("the oracle is not installed on this machine")
    measured = found.evidence and found.core in current.compilers
    if measured and (found.evidence, found.core) not in current.timing_versions:
        missing.append(f"which version measures {found.evidence} rows of {found.core} is not known")
    return tuple(missing)


def _groups(database: CostDatabase, table: Table, current: Current) -> Iterator[Group]:
    columns = _COLUMNS[table]
    expressions = [_EXPRESSIONS.get(name, name) for name in columns]
    for values, rows in sorted(database.tally(table, expressions).items()):
        found = Circumstances(**dict(zip(columns, values, strict=True)))
        yield Group(table, found, rows, reasons(found, current), unknown(found, current))


def _differences(found: Circumstances, current: Current) -> Iterator[tuple[Cause, str]]:
    if found.core not in current.compilers:
        yield "board", f"no board has the core {found.core}"
    elif found.compiler != current.compilers[found.core]:
        yield "compiler", f"the compiler was {found.compiler}, is {current.compilers[found.core]}"
    flags = current.flags.get((found.core, found.kernel), found.flags)
    if found.flags != flags:
        yield "flags", _flag_changes(found.flags, flags)
    yield from _kernel_differences(found, current)
    memories = current.memories.get(found.core)
    if found.memory and memories is not None and found.memory not in memories:
        yield "memory", _memory_changes(found, memories)
    version = current.timing_versions.get((found.evidence, found.core), found.timing_version)
    if found.timing_version != version:
        what = "timing model" if found.evidence == "emulator" else "measuring firmware"
        yield "timing", f"the {what} was {found.timing_version}, is {version}"
    if found.oracle and current.oracle not in (None, found.oracle):
        yield "oracle", f"the oracle was {found.oracle}, is {current.oracle}"
    if not found.has_object:
        yield "object", "it does not say which object it was measured from"


def _kernel_differences(found: Circumstances, current: Current) -> Iterator[tuple[Cause, str]]:
    if current.is_generated(found.kernel):
        return
    if found.kernel not in current.sources:
        yield "kernel", f"there is no kernel {found.kernel}"
    elif current.sources[found.kernel] not in (None, found.kernel_digest):
        was, now = found.kernel_digest[:_SHOWN_DIGITS], str(current.sources[found.kernel])[:_SHOWN_DIGITS]
        yield "sources", f"the sources of {found.kernel} were {was}, are {now}"


def _flag_changes(was: str, now: str) -> str:
    """Return the flags that differ, or all flags when only their order differs."""
    gone = [flag for flag in was.split() if flag not in now.split()]
    new = [flag for flag in now.split() if flag not in was.split()]
    if not gone and not new:
        return f"the flags were {was}, are {now}"
    return f"the flags had {' '.join(gone) or 'nothing'}, have {' '.join(new) or 'nothing'} instead"


def _memory_changes(found: Circumstances, memories: Mapping[str, str]) -> str:
    """Return the differences from the memory of the row's board, or else of the board that differs least.

    Of several placements of a board, the one with the fewest differences counts.
    """
    if not memories:
        return f"no {found.core} board has this memory system"
    try:
        was = dict(_leaves(parse_json(found.memory)))
    except ValueError:
        return "its description of the memory is no JSON"
    compared = [(board, _changes(was, dict(_leaves(parse_json(text))))) for text, board in memories.items()]
    own = [pair for pair in compared if pair[0] == found.board]
    board, changes = min(own or compared, key=lambda pair: len(pair[1]))
    return f"no {found.core} board has this memory system; on {board} {', '.join(changes)}"


def _changes(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    texts = {key: (_value_text(was, key), _value_text(now, key)) for key in sorted({*was, *now})}
    return [f"{key} was {before}, is {after}" for key, (before, after) in texts.items() if before != after]


def _value_text(leaves: Mapping[str, Any], key: str) -> str:
    return json.dumps(leaves[key]) if key in leaves else "absent"


def _leaves(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of a JSON object with their dotted keys."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{prefix}.{key}".lstrip("."))
    else:
        yield prefix, value
