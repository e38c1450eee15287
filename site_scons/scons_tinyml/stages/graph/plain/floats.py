"""Numbers that a Cortex-M computes with as float32: those of float16, and int8 weights between float activations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scons_tinyml.stages.graph.ir import ITEM_BYTES
from scons_tinyml.stages.graph.plain.draft import Draft, elements, indices, listed, present
from scons_tinyml.stages.graph.schema import schema

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_HALF_BYTES = 2
_STORED = ("INT8", "UINT8", "INT16", "INT4")
"""Types of weights that stand for real numbers."""

_CONVERSIONS = ("DEQUANTIZE", "CAST")


def widen_halves(draft: Draft) -> str:
    """float16 becomes float32, which holds all of its values; layers that only converted them are left out."""
    halves = [index for index in range(len(draft.tensors)) if draft.type(index) == "FLOAT16"]
    for index in halves:
        data = draft.constant(index)
        if data is not None and len(data) == _HALF_BYTES * elements(draft.shape(index)):
            draft.set_constant(index, _widened(data))
        draft.set_type(index, "FLOAT32")
    if halves:
        _leave_out_conversions(draft, set(halves))
    return f"{len(halves)} tensors of float16 are float32 in the firmware" if halves else ""


def widen_weights(draft: Draft) -> str:
    """Integer weights of layers that put out float32 become the float32 values that they stand for.

    Such layers would quantize their inputs anew in every inference, which neither we nor the oracle do.
    """
    weights = {
        index
        for operator in draft.operators
        if _is_hybrid(draft, operator)
        for index in present(operator.inputs)
        if _stands_for_floats(draft, index)
    }
    for index in sorted(weights):
        draft.set_constant(index, _real(draft, index).tobytes())
        draft.set_type(index, "FLOAT32")
        draft.tensors[index].quantization = None
    if not weights:
        return ""
    return (
        f"{len(weights)} integer weights of float layers are float32 in the firmware, and as large; "
        "with activations of int8 as well they would stay"
    )


def _widened(data: bytes) -> bytes:
    import numpy as np

    return np.frombuffer(data, "<f2").astype("<f4").tobytes()


def _leave_out_conversions(draft: Draft, halves: set[int]) -> None:
    instead, gone = {}, []
    for operator in draft.operators:
        if draft.name(operator) not in _CONVERSIONS:
            continue
        source, made = [*present(operator.inputs), None][0], [*indices(operator.outputs), None][0]
        if source is None or made is None or not {source, made} & halves:
            continue
        if draft.type(source) == draft.type(made) == "FLOAT32":
            instead[made] = source
            gone.append(operator)
        _tell_types(draft, operator, source, made)
    draft.drop(gone, instead)


def _tell_types(draft: Draft, operator: Any, source: int, made: int) -> None:
    if isinstance(operator.builtinOptions, schema().CastOptionsT):
        operator.builtinOptions.inDataType = draft.tensors[source].type
        operator.builtinOptions.outDataType = draft.tensors[made].type


def _is_hybrid(draft: Draft, operator: Any) -> bool:
    outputs = indices(operator.outputs)
    computes = draft.name(operator) not in ("DEQUANTIZE", "")
    return computes and bool(outputs) and draft.type(outputs[0]) == "FLOAT32"


def _stands_for_floats(draft: Draft, index: int) -> bool:
    found, data = draft.tensors[index].quantization, draft.constant(index)
    if found is None or data is None or draft.type(index) not in _STORED or found.detailsType:
        return False
    shape, scales = draft.shape(index), len(listed(found.scale))
    if min(shape, default=1) < 0 or len(data) != _stored_bytes(draft.type(index), elements(shape)):
        return False
    along = shape[found.quantizedDimension] if 0 <= found.quantizedDimension < len(shape) else 0
    return scales in (1, along) and scales > 0 and len(listed(found.zeroPoint)) in (0, scales)


def _stored_bytes(type_name: str, count: int) -> int:
    return -(-count // 2) if type_name == "INT4" else count * ITEM_BYTES[type_name.lower()]


def _real(draft: Draft, index: int) -> npt.NDArray[np.float32]:
    """scale * (integer - zero point), rounded to float32 once, as DEQUANTIZE does."""
    import numpy as np

    table, shape = draft.tensors[index].quantization, draft.shape(index)
    stored = _integers(draft.constant(index) or b"", draft.type(index))
    integers = stored[: elements(shape)].reshape(shape).astype(np.float64)
    scales = np.array(table.scale, np.float64)
    points = np.array(listed(table.zeroPoint) or [0] * len(scales), np.float64)
    along = [-1 if axis == table.quantizedDimension and len(scales) > 1 else 1 for axis in range(len(shape))]
    found: npt.NDArray[np.float32] = ((integers - points.reshape(along)) * scales.reshape(along)).astype(
        "<f4"
    )
    return found


def _integers(data: bytes, type_name: str) -> npt.NDArray[Any]:
    import numpy as np

    if type_name != "INT4":
        return np.frombuffer(data, np.dtype(type_name.lower()).newbyteorder("<"))
    pairs = np.frombuffer(data, np.int8)
    low, high = np.left_shift(pairs, 4) >> 4, pairs >> 4
    return np.stack((low, high), axis=-1).reshape(-1)
