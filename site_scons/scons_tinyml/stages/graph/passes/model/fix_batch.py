"""Pass: replace shapes that a file leaves open, due to an open batch, by the shapes for batch 1.

With an open batch, converters write 1 for every unknown size. A layer that merges the batch with another
dimension, such as a dense layer on a sequence, then has wrong sizes in the file. A TRANSPOSE moves the open
batch behind other dimensions, as unrolled recurrent layers do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.stages.graph.ir import ITEM_BYTES
from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.tflite.model import TfliteModel, elements, indices
from scons_tinyml.stages.graph.tflite.objects import packed
from scons_tinyml.stages.litert import litert_shapes

if TYPE_CHECKING:
    from scons_tinyml.stages.oracle_child import Array

_OPEN = -1
_MAX_INPUT_BYTES = 2**26
"""Largest input of zeros for inferring shapes; larger inputs fit on no device."""


def rewrite(model: TfliteModel) -> tuple[TfliteModel, Notes]:
    """Set every open shape to the one that LiteRT computes for batch 1.

    Outputs stay equal: shapes are those of an inference on inputs of batch 1, the only batch that is run.
    """
    opened = [index for index in range(len(model.tensors)) if _OPEN in _signature(model, index)]
    inputs = indices(model.tables.subgraphs[0].inputs)
    if not set(opened) - set(inputs) or not all(_is_closed(model, index) for index in inputs):
        return model, ()
    try:
        shapes = litert_shapes(packed(model.tables), [_zeros(model, index) for index in inputs])
    except UnsupportedError:
        return model, ()
    others = [index for index in opened if shapes.get(index, model.shape(index)) != model.shape(index)]
    moved = [index for index in opened if _OPEN in _signature(model, index)[1:]]
    if not others and not moved:
        return model, ()
    for index in opened:
        model.tensors[index].shape = list(shapes.get(index, model.shape(index)))
        model.tensors[index].shapeSignature = None
    return model, _notes(len(others), len(moved))


def _notes(others: int, moved: int) -> Notes:
    if others:
        return (f"{others} tensors have other shapes for batch 1 than the file says, which leaves them open",)
    subject = "1 tensor has" if moved == 1 else f"{moved} tensors have"
    return (f"{subject} the open batch behind other dimensions; it is 1",)


def _signature(model: TfliteModel, index: int) -> list[int]:
    return indices(model.tensors[index].shapeSignature)


def _is_closed(model: TfliteModel, index: int) -> bool:
    """Return True when at most the batch is open, and is 1."""
    shape, signature = model.shape(index), _signature(model, index)
    item_bytes = ITEM_BYTES.get(model.type(index).lower(), 0)
    if _OPEN in signature[1:] or (signature[:1] == [_OPEN] and shape[:1] != (1,)):
        return False
    return min(shape, default=1) > 0 and 0 < elements(shape) * item_bytes <= _MAX_INPUT_BYTES


def _zeros(model: TfliteModel, index: int) -> Array:
    import numpy as np

    return np.zeros(model.shape(index), model.type(index).lower())


PASS = Pass("fix_batch", rewrite)
