"""Stage: samples for a `.tflite` that comes without data, made at random.

python -m scons_tinyml.stages.quantize.given --tflite IN.tflite --samples OUT.npz --seed 0
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.stages.command import run
from scons_tinyml.stages.graph.ir import Graph, Tensor
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.samples import Samples, write_samples

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

COUNT = 4
"""Random samples prove kernels on all kinds of values; more of them prove nothing new."""


def random_samples(graph: Graph, seed: int, count: int = COUNT, where: Path | None = None) -> Samples:
    """`count` samples of the inputs of `graph`, without labels; the seed decides all values.

    float32 inputs get the standard normal distribution; int8 inputs get every integer alike, as the real
    number that it stands for. Raises UnsupportedError for an input of another type; `where` is the network's file.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    tensors = [graph.tensors[index] for index in graph.inputs]
    return Samples(tuple(_random_input(tensor, count, random, where) for tensor in tensors))


def _random_input(
    tensor: Tensor, count: int, random: np.random.Generator, where: Path | None
) -> npt.NDArray[np.float32]:
    import numpy as np

    shape = (count, *tensor.shape[1:])
    if tensor.type == "float32":
        return random.standard_normal(shape, np.float32)
    if tensor.type != "int8" or tensor.quantization is None or tensor.quantization.per_channel:
        raise UnsupportedError(
            f"input {tensor.name!r} is {tensor.type}; expected float32, or int8 with one scale and zero point",
            where=where,
        )
    integers = random.integers(-128, 128, shape) - tensor.quantization.zero_points[0]
    return integers.astype(np.float32) * np.float32(tensor.quantization.scales[0])


def main(arguments: Sequence[str]) -> None:
    """Read the network's inputs and write samples of them."""
    parser = ArgumentParser(prog="scons_tinyml.stages.quantize.given", description="Make random samples.")
    parser.add_argument("--tflite", type=Path, required=True, help="network whose inputs are sampled")
    parser.add_argument("--samples", type=Path, required=True, help=".npz file to write")
    parser.add_argument("--seed", type=int, default=0, help="seed of the values")
    options = parser.parse_args(arguments)
    graph = read_tflite(options.tflite)
    write_samples(options.samples, random_samples(graph, options.seed, where=options.tflite))


if __name__ == "__main__":
    run(main)
