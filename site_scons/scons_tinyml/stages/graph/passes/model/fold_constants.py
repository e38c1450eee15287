"""Pass: compute layers with constant results once, by LiteRT's reference kernels.

Exporters leave such layers: the shape of a tensor of fixed shape and computations with it, zeros of a state's
size, weights that are transposed or dequantized. TensorFlow's converter folds them itself.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.records.network_limits import CONSTANT_BYTES, DIMENSIONS
from scons_tinyml.stages.graph.ir import ITEM_BYTES
from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.tflite.model import TfliteModel, elements, indices, present
from scons_tinyml.stages.litert import run_litert
from scons_tinyml.stages.segments import segment_of

if TYPE_CHECKING:
    from scons_tinyml.stages.oracle_child import Array

_MAX_RESULT_BYTES = 2**24
"""Largest result that is folded; larger ones fit on no device."""

_NOT_FOLDED = ("RANDOM_UNIFORM", "RANDOM_STANDARD_NORMAL", "MULTINOMIAL", "CUSTOM", "IF", "WHILE", "")


def rewrite(model: TfliteModel) -> tuple[TfliteModel, Notes]:
    """Replace layers whose inputs are constants by the constants that they compute.

    Outputs stay equal: a layer without randomness gives the same for the same constants, and the oracle gets the
    folded model too.
    """
    outputs = set(indices(model.tables.subgraphs[0].outputs))
    shapes = [layer for layer in model.operators if _is_fixed_shape(model, layer, outputs)]
    for layer in shapes:
        _set_shape(model, layer)
    model.drop(shapes)
    count = len(shapes) + fold(model, model.operators)
    note = f"{count} layers that compute the same in every inference are computed already"
    return model, (note,) if count else ()


def fold(model: TfliteModel, layers: Sequence[Any]) -> int:
    """Replace those of `layers`, in execution order, whose inputs are constants; return how many."""
    constant = _constant_layers(model, layers)
    values = _computed(model, constant) if constant else {}
    for index, value in values.items():
        model.set_constant(index, value.tobytes())
    folded = [layer for layer in constant if set(indices(layer.outputs)) <= values.keys()]
    model.drop(folded)
    return len(folded)


def _is_fixed_shape(model: TfliteModel, layer: Any, outputs: Set[int]) -> bool:
    written = indices(layer.outputs)
    if len(present(layer.inputs)) != 1 or len(written) != 1 or not outputs.isdisjoint(written):
        return False
    if min(model.shape(present(layer.inputs)[0]), default=1) < 1:
        return False
    if model.name(layer) == "ZEROS_LIKE":
        return _is_small(model, written[0]) and model.shape(written[0]) == model.shape(
            present(layer.inputs)[0]
        )
    return model.name(layer) == "SHAPE" and model.type(written[0]) in ("INT32", "INT64")


def _set_shape(model: TfliteModel, layer: Any) -> None:
    import numpy as np

    (output,) = indices(layer.outputs)
    if model.name(layer) == "ZEROS_LIKE":
        model.set_constant(output, bytes(_size_bytes(model, output)))
        return
    shape = model.shape(present(layer.inputs)[0])
    item_bytes = ITEM_BYTES[model.type(output).lower()]
    model.set_constant(output, np.array(shape, f"<i{item_bytes}").tobytes())


def _constant_layers(model: TfliteModel, layers: Sequence[Any]) -> list[Any]:
    """Return layers with constant inputs, as many as their results fit into the limit of all constants."""
    outputs, known = set(indices(model.tables.subgraphs[0].outputs)), set[int]()
    found = []
    left_bytes = CONSTANT_BYTES.value
    for layer in layers:
        read, written = set(present(layer.inputs)), indices(layer.outputs)
        is_known = all(index in known or model.is_constant(index) for index in read)
        if not read or not is_known or not outputs.isdisjoint(written):
            continue
        if model.name(layer) in _NOT_FOLDED or not all(_is_small(model, index) for index in written):
            continue
        left_bytes -= sum(_size_bytes(model, index) for index in written)
        if left_bytes < 0:
            break
        found.append(layer)
        known |= set(written)
    return found


def _is_small(model: TfliteModel, index: int) -> bool:
    shape = model.shape(index)
    if model.type(index).lower() not in ITEM_BYTES or min(shape, default=1) <= 0:
        return False
    return len(shape) <= DIMENSIONS.value and _size_bytes(model, index) <= _MAX_RESULT_BYTES


def _size_bytes(model: TfliteModel, index: int) -> int:
    return elements(model.shape(index)) * ITEM_BYTES[model.type(index).lower()]


def _computed(model: TfliteModel, layers: list[Any]) -> dict[int, Array]:
    """Return LiteRT's results by tensor; empty when it refuses, as later checks report the problem."""
    outputs = list(dict.fromkeys(index for layer in layers for index in indices(layer.outputs)))
    try:
        results = run_litert(segment_of(model.tables, layers, [], outputs), [])
    except UnsupportedError:
        return {}
    found = zip(outputs, results, strict=True)
    return {index: value for index, value in found if _fits(model, index, value)}


def _fits(model: TfliteModel, index: int, value: Array) -> bool:
    return value.shape == model.shape(index) and value.dtype.name == model.type(index).lower()


PASS = Pass("fold_constants", rewrite)
