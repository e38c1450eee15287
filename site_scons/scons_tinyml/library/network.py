"""Reading of a network, which is checked and brought into the form that the oracle reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import read_canonical
from scons_tinyml.stages.graph.remarks import remarks
from scons_tinyml.stages.quantize.given import random_samples
from scons_tinyml.stages.samples import Samples, write_samples


@dataclass(frozen=True)
class Network:
    """A typed graph, with the files of the network and of its samples."""

    graph: Graph
    tflite: Path
    """The network in operators of TensorFlow Lite Micro; `Tensor.file_index` is an index into its tensors."""
    samples: Path
    """Real values of every input, in the format of `stages.samples`."""
    notes: tuple[str, ...] = ()
    """Sentences about the changes that were made to the network, and about parts that cost time or accuracy."""


def load_network(
    file: Path,
    folder: Path,
    *,
    name: str | None = None,
    signature: str | None = None,
    samples: Samples | None = None,
    seed: int = 0,
) -> Network:
    """Read and check the network in `file`, a `.tflite` file, and write its files to `folder`.

    `name` is the name in C and in reports (default: the stem of the file). `signature` chooses one of several networks
    in the file. Without `samples`, a few are drawn at random from `seed`. Raises ModelFileError, UnsupportedError.
    """
    found = read_canonical(file, signature)
    require_valid(found.graph, file)
    graph = replace(found.graph, name=name or file.stem)
    notes = (*found.notes, *found.graph_notes, *remarks(graph))
    network = Network(graph, folder / "network.tflite", folder / "samples.npz", notes)
    write_bytes(network.tflite, found.tflite)
    write_samples(network.samples, samples or random_samples(graph, seed))
    return network
