"""Samples that a network runs on: real values in a file, and their conversion for an integer network.

The file is an .npz with float32 arrays `input_0`, `input_1`, ... of shape (samples, shape of one input...)
and, for labelled samples, int64 `labels` of shape (samples,).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile, ZipInfo

from scons_tinyml.records.errors import InputError, InternalError, UnsupportedError
from scons_tinyml.records.network_limits import SAMPLE_BYTES
from scons_tinyml.records.system_errors import require_regular
from scons_tinyml.stages.files import writing
from scons_tinyml.stages.graph.ir import Graph, Tensor
from scons_tinyml.stages.npy import DAMAGE, SUFFIX, read_array

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.generic]
    FloatArray = npt.NDArray[np.float32]
    FloatArray64 = npt.NDArray[np.float64]
    LabelArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples by input: `inputs[k]` has all samples of input k. `labels` is None for unlabelled samples."""

    inputs: tuple[FloatArray, ...]
    labels: LabelArray | None = None


def write_samples(path: Path, samples: Samples) -> None:
    """Write the .npz file `path`; equal samples give equal bytes with all versions of Python."""
    import numpy as np

    arrays: dict[str, Any] = {f"input_{position}": values for position, values in enumerate(samples.inputs)}
    if samples.labels is not None:
        arrays["labels"] = samples.labels
    with writing(path) as stream, ZipFile(stream, "w") as archive:
        for name, values in arrays.items():
            content = io.BytesIO()
            np.save(content, values, allow_pickle=False)
            archive.writestr(ZipInfo(f"{name}{SUFFIX}"), content.getbuffer())  # dated 1980-01-01


def read_samples(path: Path) -> Samples:
    """Return the samples in `path`. Raises InternalError when write_samples did not write it."""
    try:
        require_regular(path)
        with ZipFile(path) as archive:
            arrays = {
                member.filename.removesuffix(SUFFIX): read_array(archive, member, SAMPLE_BYTES)
                for member in archive.infolist()
            }
        positions = range(sum(name.startswith("input_") for name in arrays))
        return Samples(tuple(arrays[f"input_{position}"] for position in positions), arrays.get("labels"))
    except (*DAMAGE, InputError) as error:
        raise InternalError(f"is not a file of samples: {error}", where=path) from None


def network_inputs(graph: Graph, samples: Path, limit: int | None = None) -> list[list[Array]]:
    """Return for each of the first `limit` samples the network's inputs, in types and shapes of the graph."""
    inputs = read_samples(samples).inputs
    tensors = [graph.tensors[index] for index in graph.inputs]
    if len(inputs) != len(tensors):
        raise InternalError(f"has {len(inputs)} inputs, the network {len(tensors)}", where=samples)
    rows = zip(*(values[:limit] for values in inputs), strict=True)
    return [
        [as_network_input(value, tensor) for value, tensor in zip(row, tensors, strict=True)] for row in rows
    ]


def as_network_input(values: FloatArray, tensor: Tensor) -> Array:
    """Convert real `values` to type and shape of the input `tensor`, as a user of the firmware would.

    Types without a scale hold whole numbers, so values are rounded; a truth value is 1 for nonzero values.
    """
    import numpy as np

    shaped, found = values.reshape(tensor.shape), tensor.quantization
    if tensor.type == "float32":
        return shaped
    if tensor.type == "bool":
        return np.asarray(shaped != 0)
    if found is not None and found.per_channel:
        raise UnsupportedError(f"input {tensor.name!r} has {len(found.scales)} scales, expected one")
    scale, zero_point = (found.scales[0], found.zero_points[0]) if found else (1.0, 0)
    return quantize_input(shaped, scale, zero_point, np.dtype(tensor.type))


def quantize_input(
    values: FloatArray, scale: float, zero_point: int, integer: npt.DTypeLike = "int8"
) -> npt.NDArray[np.signedinteger]:
    """Return integers of the type `integer` for the real `values`, of the same shape.

    round(value / scale) + zero_point, saturated to the type, with halves rounded away from zero and the
    division in float32, like TensorFlow Lite's QUANTIZE operator and `roundf` in C. Raises ValueError for
    NaN.
    """
    import numpy as np

    scaled = np.asarray(values, np.float32) / np.float32(scale)
    if np.isnan(scaled).any():
        raise ValueError("a value is not a number")
    whole = np.trunc(scaled)
    with np.errstate(invalid="ignore"):  # infinity minus infinity, for values that are whole already
        away = np.where(np.abs(scaled - whole) >= np.float32(0.5), np.sign(scaled), np.float32(0))
    shifted: FloatArray64 = (whole + away).astype(np.float64) + zero_point
    limits = np.iinfo(np.dtype(integer))
    return np.clip(shifted, limits.min, limits.max).astype(integer)
