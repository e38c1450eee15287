"""A `.tflite` file of any converter as a typed graph, without TensorFlow.

`read_tflite` reads the file that the oracle runs. `read_canonical` first brings a file that a person gave into the one
form that reader and oracle know, by passes over the model: both get the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.passes.base import Notes, run_passes
from scons_tinyml.stages.graph.passes.order import GRAPH_PASSES, MODEL_PASSES
from scons_tinyml.stages.graph.tflite.importer import import_graph, read_flatbuffer, refusing_damage
from scons_tinyml.stages.graph.tflite.model import Source, TfliteModel, check_references
from scons_tinyml.stages.graph.tflite.objects import packed, unpacked


@dataclass(frozen=True)
class CanonicalNetwork:
    """A network as reader and oracle take it.

    `tflite` is the file for the oracle, `graph` the network in it, `notes` say what the passes changed.
    """

    tflite: bytes
    graph: Graph
    notes: Notes


def read_tflite(path: Path) -> Graph:
    """The network in `path`, named after the file, after all passes over the graph.

    Raises ModelFileError when the file cannot be read or is damaged, UnsupportedError when it is a valid file
    with something that this version cannot run. Both name the file, the tensor or layer, what was found and
    expected.
    """
    return _graph(path, read_flatbuffer(path))[0]


def read_canonical(path: Path, signature: str | None = None) -> CanonicalNetwork:
    """The network in `path` after all passes; of its `signature`, where the file has several networks.

    Raises ModelFileError and UnsupportedError as `read_tflite` does, InputError for a signature that the file does
    not have, or that has to be chosen.
    """
    data = read_flatbuffer(path)
    tflite, notes = _canonical(Source(path, data, signature))
    graph, found = _graph(path, tflite)
    return CanonicalNetwork(tflite, graph, notes + found)


def _canonical(source: Source) -> tuple[bytes, Notes]:
    """The file after all passes over the model. A model with wrong references stays, as the reader names them."""
    with refusing_damage(source.path, source.data):
        model = TfliteModel(unpacked(source.data), source)
        if check_references(model):
            return source.data, ()
        model, notes = run_passes(MODEL_PASSES, model, check_references, source.path)
        return packed(model.tables) if notes else source.data, notes


def _graph(path: Path, data: bytes) -> tuple[Graph, Notes]:
    return run_passes(GRAPH_PASSES, import_graph(path, data), check_graph, path)
