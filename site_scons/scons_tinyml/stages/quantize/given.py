"""Stage: samples for a `.tflite` that comes without data, made at random.

python -m scons_tinyml.stages.quantize.given --tflite IN.tflite --samples OUT.npz --seed 0
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.stages.command import run
from scons_tinyml.stages.graph.ir import Graph, Tensor
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.quantize.input_limits import Limits, input_limits
from scons_tinyml.stages.samples import Samples, write_samples

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

COUNT = 4
"""Random samples prove kernels on all kinds of values; more of them prove nothing new."""

_SIGNED_BYTE = (-128, 127)
_NUMBERS = {"bool": (0, 1), "uint8": (0, 255)}
"""Random values of what has no scale, by type."""
_QUANTIZED = {"int8": _SIGNED_BYTE, "uint8": (0, 255), "int16": (-32768, 32767), "int32": _SIGNED_BYTE}


def random_samples(graph: Graph, seed: int, count: int = COUNT) -> Samples:
    """`count` samples of the inputs of `graph`, without labels; the seed decides all values.

    float32 inputs get the standard normal distribution; quantized inputs get every integer alike, as the real
    number that it stands for; truth values are 0 or 1, other numbers whole ones of 8 bits. Where a layer takes
    only some values, such as positions in a table, the values are some of these.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    limits = input_limits(graph)
    tensors = [graph.tensors[index] for index in graph.inputs]
    return Samples(
        tuple(_random_input(tensor, count, random, limits.get(tensor.index)) for tensor in tensors)
    )


def _random_input(
    tensor: Tensor, count: int, random: np.random.Generator, limits: Limits | None
) -> npt.NDArray[np.float32]:
    import numpy as np

    shape = (count, *(tensor.shape[1:] if tensor.shape[:1] == (1,) else tensor.shape))
    if tensor.type == "float32" and limits is None:
        return random.standard_normal(shape, np.float32)
    found = tensor.quantization
    if found is None:
        low, high = limits or _NUMBERS.get(tensor.type, _SIGNED_BYTE)
        return random.integers(low, high + 1, shape).astype(np.float32)
    low, high = _QUANTIZED[tensor.type]
    integers = random.integers(low, high + 1, shape) - found.zero_points[0]
    return integers.astype(np.float32) * np.float32(found.scales[0])


def main(arguments: Sequence[str]) -> None:
    """Read the network's inputs and write samples of them."""
    parser = ArgumentParser(prog="scons_tinyml.stages.quantize.given", description="Make random samples.")
    parser.add_argument("--tflite", type=Path, required=True, help="network whose inputs are sampled")
    parser.add_argument("--samples", type=Path, required=True, help=".npz file to write")
    parser.add_argument("--seed", type=int, default=0, help="seed of the values")
    options = parser.parse_args(arguments)
    graph = read_tflite(options.tflite)
    write_samples(options.samples, random_samples(graph, options.seed))


if __name__ == "__main__":
    run(main)
