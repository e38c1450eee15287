"""Pass: replace operators by another one of which they are a special case: EMBEDDING_LOOKUP and SELECT."""

from __future__ import annotations

from typing import Any

from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.tflite.model import TfliteModel, indices
from scons_tinyml.stages.graph.tflite.schema import schema


def rewrite(model: TfliteModel) -> tuple[TfliteModel, Notes]:
    """Write EMBEDDING_LOOKUP as GATHER and SELECT as SELECT_V2.

    Outputs stay equal: EMBEDDING_LOOKUP is a GATHER of rows whose inputs are swapped, and SELECT is SELECT_V2 where
    all shapes are the same, so that nothing is repeated.
    """
    changed = [_to_gather(model, layer) or _to_select_v2(model, layer) for layer in model.operators]
    count = changed.count(True)
    note = f"{count} layers are written as GATHER or SELECT_V2, which compute the same"
    return model, (note,) if count else ()


def _to_gather(model: TfliteModel, layer: Any) -> bool:
    found = indices(layer.inputs)
    if model.name(layer) != "EMBEDDING_LOOKUP" or len(found) != 2:
        return False
    layer.inputs = [found[1], found[0]]
    layer.builtinOptionsType = schema().BuiltinOptions.GatherOptions
    layer.builtinOptions = schema().GatherOptionsT()
    model.set_name(layer, "GATHER")
    return True


def _to_select_v2(model: TfliteModel, layer: Any) -> bool:
    """Rewrite a SELECT with equal shapes; return False for others, whose condition chooses whole rows."""
    used = [*indices(layer.inputs), *indices(layer.outputs)]
    if model.name(layer) != "SELECT" or len({model.shape(index) for index in used if index >= 0}) != 1:
        return False
    layer.builtinOptionsType = schema().BuiltinOptions.SelectV2Options
    layer.builtinOptions = schema().SelectV2OptionsT()
    model.set_name(layer, "SELECT_V2")
    return True


PASS = Pass("replace_aliases", rewrite)
