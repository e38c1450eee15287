"""Calls between the subgraphs of a file, and the removal of subgraphs that nothing calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scons_tinyml.stages.graph.tflite.model import listed, operator_name
from scons_tinyml.stages.graph.tflite.schema import schema

_CALLS = {
    "CALL_ONCE": ("CallOnceOptionsT", ("initSubgraphIndex",)),
    "IF": ("IfOptionsT", ("thenSubgraphIndex", "elseSubgraphIndex")),
    "WHILE": ("WhileOptionsT", ("condSubgraphIndex", "bodySubgraphIndex")),
}
"""Options tables of operators that call subgraphs, and their fields with the numbers of subgraphs."""


def callees(tables: Any, operator: Any) -> tuple[int, ...]:
    """Return the numbers of the subgraphs that a layer calls, in the order of its options."""
    return tuple(int(getattr(options, field)) for options, field in _calls(tables, operator))


def called(tables: Any, number: int) -> list[int]:
    """Return the existing subgraphs that subgraph `number` calls, also through others, sorted; itself if it is one."""
    found: dict[int, None] = {}
    waiting = [number]
    while waiting:
        for operator in listed(tables.subgraphs[waiting.pop()].operators):
            for index in callees(tables, operator):
                if 0 <= index < len(tables.subgraphs) and index not in found:
                    found[index] = None
                    waiting.append(index)
    return sorted(found)


def keep(tables: Any, kept: Sequence[int]) -> None:
    """Remove all subgraphs except those in `kept`, in its order. Calls of others name one that does not exist."""
    place = {number: position for position, number in enumerate(kept)}
    for number in kept:
        for operator in listed(tables.subgraphs[number].operators):
            for options, field in _calls(tables, operator):
                setattr(options, field, place.get(getattr(options, field), len(kept)))
    tables.subgraphs = [tables.subgraphs[number] for number in kept]
    found = [table for table in listed(tables.signatureDefs) if table.subgraphIndex in kept]
    for table in found:
        table.subgraphIndex = place[table.subgraphIndex]
    tables.signatureDefs = found


def _calls(tables: Any, operator: Any) -> Iterator[tuple[Any, str]]:
    """Yield the options table of a layer with each of its fields that name a subgraph."""
    table, fields = _CALLS.get(operator_name(tables, operator), ("", ()))
    if fields and isinstance(operator.builtinOptions, getattr(schema(), table)):
        yield from ((operator.builtinOptions, field) for field in fields)
