"""Pass: convert tensors of float16 to float32, the type that a Cortex-M computes with."""

from __future__ import annotations

from typing import Any

from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.tflite.model import TfliteModel, elements, indices, present
from scons_tinyml.stages.graph.tflite.schema import schema

_FLOAT16_BYTES = 2
_CONVERSIONS = ("DEQUANTIZE", "CAST")


def rewrite(model: TfliteModel) -> tuple[TfliteModel, Notes]:
    """Make all tensors of float16 float32, and remove layers that only converted between the two.

    Outputs stay equal: float32 holds every value of float16, and the oracle gets the widened model too.
    """
    narrow = [index for index in range(len(model.tensors)) if model.type(index) == "FLOAT16"]
    for index in narrow:
        data = model.constant(index)
        if data is not None and len(data) == _FLOAT16_BYTES * elements(model.shape(index)):
            model.set_constant(index, _widened(data))
        model.set_type(index, "FLOAT32")
    if not narrow:
        return model, ()
    _remove_conversions(model, set(narrow))
    return model, (f"{len(narrow)} tensors of float16 are float32 in the firmware",)


def _widened(data: bytes) -> bytes:
    import numpy as np

    return np.frombuffer(data, "<f2").astype("<f4").tobytes()


def _remove_conversions(model: TfliteModel, narrow: set[int]) -> None:
    instead, removed = {}, []
    for layer in model.operators:
        if model.name(layer) not in _CONVERSIONS:
            continue
        source, output = [*present(layer.inputs), None][0], [*indices(layer.outputs), None][0]
        if source is None or output is None or not {source, output} & narrow:
            continue
        if model.type(source) == model.type(output) == "FLOAT32":
            instead[output] = source
            removed.append(layer)
        _set_cast_types(model, layer, source, output)
    model.drop(removed, instead)


def _set_cast_types(model: TfliteModel, layer: Any, source: int, output: int) -> None:
    if isinstance(layer.builtinOptions, schema().CastOptionsT):
        layer.builtinOptions.inDataType = model.tensors[source].type
        layer.builtinOptions.outDataType = model.tensors[output].type


PASS = Pass("widen_float16", rewrite)
