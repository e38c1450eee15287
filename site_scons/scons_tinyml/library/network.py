"""A network that was read, checked and brought into the form that the oracle reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import read_canonical
from scons_tinyml.stages.quantize.given import random_samples
from scons_tinyml.stages.samples import Samples, write_samples


@dataclass(frozen=True)
class Network:
    """A typed graph with the files that the oracle and the samples are read from."""

    graph: Graph
    tflite: Path
    """The network as TensorFlow Lite Micro knows it; `Tensor.file_index` counts its tensors."""
    samples: Path
    """Real values of every input, as `stages.samples` has them."""
    notes: tuple[str, ...] = ()
    """Changes that were made to the file."""


def load_network(
    file: Path,
    folder: Path,
    *,
    name: str | None = None,
    signature: str | None = None,
    samples: Samples | None = None,
    seed: int = 0,
) -> Network:
    """The network in the `.tflite` `file`; what it becomes is written to `folder`.

    `name` is the one in C and in reports, the stem of the file by default. `signature` chooses among several networks
    of one file. Without `samples` a few are drawn at random by `seed`. Raises ModelFileError and UnsupportedError.
    """
    found = read_canonical(file, signature)
    require_valid(found.graph, file)
    graph = replace(found.graph, name=name or file.stem)
    network = Network(graph, folder / "network.tflite", folder / "samples.npz", found.notes)
    write_bytes(network.tflite, found.tflite)
    write_samples(network.samples, samples or random_samples(graph, seed))
    return network
