"""Read a `.tflite` file of any converter as a typed graph, without TensorFlow.

`read_tflite` reads the file that the oracle runs. `read_canonical` first rewrites a user's file to the form
that reader and oracle support, by passes over the model: both get the same bytes.
"""

from __future__ import annotations

from collections.abc import Collection
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
    """A network in the form for reader and oracle.

    `tflite` is the file for the oracle, `graph` its network. `notes` describe the changes to the file, `graph_notes`
    those to the graph.
    """

    tflite: bytes
    graph: Graph
    notes: Notes
    graph_notes: Notes = ()


def read_tflite(path: Path) -> Graph:
    """Return the network in `path`, named after the file, after all passes over the graph.

    Raises ModelFileError when the file cannot be read or is damaged, UnsupportedError when it is valid but
    this version cannot run it. Both name the file, the tensor or layer, the found and the expected value.
    """
    return read_noted(path)[0]


def read_noted(path: Path, without: Collection[str] = ()) -> tuple[Graph, Notes]:
    """Return what `read_tflite` does, and sentences on the changes of the passes, but for the passes `without`."""
    passes = [one for one in GRAPH_PASSES if one.name not in without]
    return run_passes(passes, import_graph(path, read_flatbuffer(path)), check_graph, path)


def read_canonical(path: Path, signature: str | None = None) -> CanonicalNetwork:
    """Return the network in `path` after all passes: that of `signature`, if the file has several.

    Raises ModelFileError and UnsupportedError like `read_tflite`, InputError when `signature` is missing in
    the file, or not given though the file needs a choice.
    """
    return canonical(read_flatbuffer(path), path, signature)


def canonical(data: bytes, path: Path, signature: str | None = None) -> CanonicalNetwork:
    """Return the network in `data`, the bytes of a file that messages call `path`, as `read_canonical` does."""
    tflite, notes = _canonical(Source(path, data, signature))
    graph, graph_notes = run_passes(GRAPH_PASSES, import_graph(path, tflite), check_graph, path)
    return CanonicalNetwork(tflite, graph, notes, graph_notes)


def _canonical(source: Source) -> tuple[bytes, Notes]:
    """Return the file after all passes over the model. Invalid references stay; the reader reports them."""
    with refusing_damage(source.path, source.data):
        model = TfliteModel(unpacked(source.data, source.path), source)
        if check_references(model):
            return source.data, ()
        model.require_constants()
        model, notes = run_passes(MODEL_PASSES, model, check_references, source.path)
        return packed(model.tables) if notes else source.data, notes
