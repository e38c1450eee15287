"""Operators that are a special case of another one become that one: EMBEDDING_LOOKUP and SELECT."""

from __future__ import annotations

from typing import Any

from scons_tinyml.stages.graph.plain.draft import Draft, indices
from scons_tinyml.stages.graph.schema import schema


def rename(draft: Draft) -> str:
    """EMBEDDING_LOOKUP is a GATHER of rows whose inputs are swapped; SELECT is SELECT_V2 where nothing is repeated."""
    changed = [_to_gather(draft, operator) or _to_select_v2(draft, operator) for operator in draft.operators]
    count = changed.count(True)
    return f"{count} layers are written as GATHER or SELECT_V2, which compute the same" if count else ""


def _to_gather(draft: Draft, operator: Any) -> bool:
    found = indices(operator.inputs)
    if draft.name(operator) != "EMBEDDING_LOOKUP" or len(found) != 2:
        return False
    operator.inputs = [found[1], found[0]]
    operator.builtinOptionsType = schema().BuiltinOptions.GatherOptions
    operator.builtinOptions = schema().GatherOptionsT()
    draft.set_name(operator, "GATHER")
    return True


def _to_select_v2(draft: Draft, operator: Any) -> bool:
    """A condition that chooses whole rows is another thing there."""
    used = [*indices(operator.inputs), *indices(operator.outputs)]
    if draft.name(operator) != "SELECT" or len({draft.shape(index) for index in used if index >= 0}) != 1:
        return False
    operator.builtinOptionsType = schema().BuiltinOptions.SelectV2Options
    operator.builtinOptions = schema().SelectV2OptionsT()
    draft.set_name(operator, "SELECT_V2")
    return True
