"""Stage: bring a user's `.tflite` into the form of TensorFlow's converter, with random samples.

python -m scons_tinyml.stages quantize.given --tflite IN.tflite --network OUT.tflite --samples OUT.npz --seed
0

The network is checked here, so that messages name the user's file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.records.network_limits import SAMPLE_BYTES
from scons_tinyml.records.wrapping import print_wrapped
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.ir import Graph, Tensor
from scons_tinyml.stages.graph.reader import read_canonical
from scons_tinyml.stages.quantize.input_limits import Limits, input_limits
from scons_tinyml.stages.quantize.requests import GivenRequest
from scons_tinyml.stages.quantize.sequences import call_shape
from scons_tinyml.stages.samples import Samples, write_samples

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

COUNT = 4
"""Number of random samples, which prove kernels on all kinds of values; more would prove nothing new."""

_SIGNED_BYTE = (-128, 127)
_NUMBERS = {
    "bool": (0, 1),
    "uint8": (0, 255),
    "int16": (-32768, 32767),  # samples of a microphone
    "uint32": (0, 2**24),
    "uint64": (0, 2**24),
}
"""Least and greatest random value of inputs without a scale, by type."""
_QUANTIZED = {"uint8": (0, 255), "int16": (-32768, 32767)}
"""Least and greatest random integer of inputs with a scale, by type."""


def random_samples(graph: Graph, seed: int, count: int = COUNT) -> Samples:
    """Return `count` samples of the inputs of `graph`, without labels; `seed` determines all values.

    float32 inputs are standard normal. Quantized inputs are uniform over all integers, given as real numbers.
    Truth values are 0 or 1, int16 is uniform too, other types are integers of 8 or 24 bits. If a layer accepts
    only some values, such as positions in a table, the values are within these limits. Raises UnsupportedError
    for samples of more bytes than their limit.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    limits = input_limits(graph)
    tensors = [graph.tensors[index] for index in graph.inputs]
    size_bytes = count * sum(tensor.elements for tensor in tensors) * np.dtype(np.float32).itemsize
    SAMPLE_BYTES.require(size_bytes, where=graph.name, key="inputs", error=UnsupportedError)
    return Samples(
        tuple(_random_input(tensor, count, random, limits.get(tensor.index)) for tensor in tensors)
    )


def _random_input(
    tensor: Tensor, count: int, random: np.random.Generator, limits: Limits | None
) -> npt.NDArray[np.float32]:
    """Return `count` random values of `tensor`, drawn one by one, as integers are drawn with 64 bits each."""
    import numpy as np

    values = np.empty((count, *call_shape(tensor)), np.float32)
    for value in values.reshape(count, -1):
        value[:] = _random_values(tensor, value.size, random, limits)
    return values


def _random_values(
    tensor: Tensor, count: int, random: np.random.Generator, limits: Limits | None
) -> npt.NDArray[np.float32]:
    import numpy as np

    if tensor.type == "float32" and limits is None:
        return random.standard_normal(count, np.float32)
    found = tensor.quantization
    if found is None or tensor.type in ("float32", "bool"):
        low, high = limits or _NUMBERS.get(tensor.type, _SIGNED_BYTE)
        return random.integers(low, high + 1, count).astype(np.float32)
    low, high = limits or _QUANTIZED.get(tensor.type, _SIGNED_BYTE)
    integers = random.integers(low, high + 1, count) - found.zero_points[0]
    return integers.astype(np.float32) * np.float32(found.scales[0])


def main(request: GivenRequest[Path]) -> None:
    """Read and check the network, print its changes, write it with samples of its inputs."""
    given = read_canonical(request.tflite, request.signature)
    require_valid(given.graph, request.tflite)
    for note in given.notes:
        print_wrapped(f"tinyml: {request.tflite}: {note}", sys.stderr)
    write_bytes(request.network, given.tflite)
    write_samples(request.samples, random_samples(given.graph, request.seed))
