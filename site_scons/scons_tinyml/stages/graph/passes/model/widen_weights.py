"""Pass: convert integer weights between float activations to float32, as firmware does not quantize."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scons_tinyml.stages.graph.ir import INT4_PER_BYTE, ITEM_BYTES
from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.tflite.model import TfliteModel, elements, indices, listed, present

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_STORED = ("INT8", "UINT8", "INT16", "INT4")
"""Types of quantized weights."""


def rewrite(model: TfliteModel) -> tuple[TfliteModel, Notes]:
    """Replace integer weights of layers with a float32 output by the float32 values that they stand for.

    Outputs stay equal: those of float32 weights, each scale * (integer - zero point), rounded once as DEQUANTIZE
    computes it. Only kernels that quantize the inputs of such layers in every inference compute other outputs; neither
    the firmware nor TensorFlow Lite Micro has any.
    """
    weights = {
        index
        for layer in model.operators
        if _has_float_output(model, layer)
        for index in present(layer.inputs)
        if _is_quantized_constant(model, index)
    }
    for index in sorted(weights):
        model.set_constant(index, _real(model, index).tobytes())
        model.set_type(index, "FLOAT32")
        model.tensors[index].quantization = None
    note = (
        f"{len(weights)} integer weights of float layers are float32 in the firmware, and as large; "
        "with activations of int8 as well they would stay"
    )
    return model, (note,) if weights else ()


def _has_float_output(model: TfliteModel, layer: Any) -> bool:
    outputs = indices(layer.outputs)
    computes = model.name(layer) not in ("DEQUANTIZE", "")
    return computes and bool(outputs) and model.type(outputs[0]) == "FLOAT32"


def _is_quantized_constant(model: TfliteModel, index: int) -> bool:
    found, data = model.tensors[index].quantization, model.constant(index)
    if found is None or data is None or model.type(index) not in _STORED or found.detailsType:
        return False
    shape, scales = model.shape(index), len(listed(found.scale))
    if min(shape, default=1) < 0 or len(data) != _stored_bytes(model.type(index), elements(shape)):
        return False
    along = shape[found.quantizedDimension] if 0 <= found.quantizedDimension < len(shape) else 0
    return scales in (1, along) and scales > 0 and len(listed(found.zeroPoint)) in (0, scales)


def _stored_bytes(type_name: str, count: int) -> int:
    return -(-count // INT4_PER_BYTE) if type_name == "INT4" else count * ITEM_BYTES[type_name.lower()]


def _real(model: TfliteModel, index: int) -> npt.NDArray[np.float32]:
    """Return the weights in their shape: scale * (integer - zero point), rounded once to float32."""
    import numpy as np

    table, shape = model.tensors[index].quantization, model.shape(index)
    stored = _integers(model.constant(index) or b"", model.type(index))
    integers = stored[: elements(shape)].reshape(shape).astype(np.float64)
    scales = np.array(table.scale, np.float64)
    points = np.array(listed(table.zeroPoint) or [0] * len(scales), np.float64)
    along = [-1 if axis == table.quantizedDimension and len(scales) > 1 else 1 for axis in range(len(shape))]
    found = (integers - points.reshape(along)) * scales.reshape(along)
    real: npt.NDArray[np.float32] = found.astype("<f4")
    return real


def _integers(data: bytes, type_name: str) -> npt.NDArray[Any]:
    import numpy as np

    if type_name != "INT4":
        return np.frombuffer(data, np.dtype(type_name.lower()).newbyteorder("<"))
    pairs = np.frombuffer(data, np.int8)
    low, high = np.left_shift(pairs, 4) >> 4, pairs >> 4
    return np.stack((low, high), axis=-1).reshape(-1)


PASS = Pass("widen_weights", rewrite)
