"""Shapes that a file leaves open, because its batch is: they are those of an inference with batch 1.

Where the batch was open, converters write 1 for every size that they did not know. A layer that folds the batch into
another dimension, as a dense layer on a sequence does, has other sizes than the file says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.stages.graph.ir import ITEM_BYTES
from scons_tinyml.stages.graph.plain.bounds import packed
from scons_tinyml.stages.graph.plain.draft import Draft, elements, indices

if TYPE_CHECKING:
    from scons_tinyml.stages.oracle_child import Array

_OPEN = -1
_MOST_BYTES = 2**26
"""Of an input that is made up to see shapes; larger ones have no room on any device."""


def close_shapes(draft: Draft) -> str:
    """Give every tensor the shape that it has for batch 1, where the file says another one."""
    opened = [index for index in range(len(draft.tensors)) if _OPEN in _signature(draft, index)]
    inputs = indices(draft.model.subgraphs[0].inputs)
    if not set(opened) - set(inputs) or not all(_is_closed(draft, index) for index in inputs):
        return ""
    from scons_tinyml.stages.litert import litert_shapes

    try:
        shapes = litert_shapes(packed(draft.model), [_zeros(draft, index) for index in inputs])
    except UnsupportedError:
        return ""
    others = [index for index in opened if shapes.get(index, draft.shape(index)) != draft.shape(index)]
    if not others:
        return ""
    for index in opened:
        draft.tensors[index].shape = list(shapes.get(index, draft.shape(index)))
        draft.tensors[index].shapeSignature = None
    return f"{len(others)} tensors have other shapes for batch 1 than the file says, which leaves them open"


def _signature(draft: Draft, index: int) -> list[int]:
    return indices(draft.tensors[index].shapeSignature)


def _is_closed(draft: Draft, index: int) -> bool:
    """The batch alone may be open, and is 1 then."""
    shape, signature = draft.shape(index), _signature(draft, index)
    item_bytes = ITEM_BYTES.get(draft.type(index).lower(), 0)
    if _OPEN in signature[1:] or (signature[:1] == [_OPEN] and shape[:1] != (1,)):
        return False
    return min(shape, default=1) > 0 and 0 < elements(shape) * item_bytes <= _MOST_BYTES


def _zeros(draft: Draft, index: int) -> Array:
    import numpy as np

    return np.zeros(draft.shape(index), draft.type(index).lower())
