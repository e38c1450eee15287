"""A `.tflite` file of any converter as one that TensorFlow's converter could have written.

Reader and oracle get the same bytes, so that what is changed here is changed for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.plain.bounds import packed, unpacked
from scons_tinyml.stages.graph.plain.draft import Draft, is_sound
from scons_tinyml.stages.graph.plain.floats import widen_halves, widen_weights
from scons_tinyml.stages.graph.plain.folding import fold
from scons_tinyml.stages.graph.plain.outside import take_in
from scons_tinyml.stages.graph.plain.renaming import rename
from scons_tinyml.stages.graph.plain.shapes import close_shapes
from scons_tinyml.stages.graph.plain.subgraphs import choose_network
from scons_tinyml.stages.graph.reader import graph_of, read_flatbuffer, refusing_damage


@dataclass(frozen=True)
class PlainNetwork:
    """The file as reader and oracle take it, the network in it, and what is otherwise than in the file given."""

    tflite: bytes
    graph: Graph
    notes: tuple[str, ...]


def read_given(path: Path, signature: str | None = None) -> PlainNetwork:
    """The network in `path`, of its `signature` where it has several.

    Raises ModelFileError and UnsupportedError as `read_tflite` does, InputError for a signature that is not there or
    that has to be chosen.
    """
    data, notes = read_flatbuffer(path), tuple[str, ...]()
    with refusing_damage(path, data):
        model = unpacked(data)
        if is_sound(model):
            taken = take_in(model, data, path), choose_network(model, signature, path)
            draft = Draft(model)
            found = (
                *taken,
                widen_halves(draft),
                widen_weights(draft),
                close_shapes(draft),
                fold(draft),
                rename(draft),
            )
            notes = tuple(filter(None, found))
        plain = packed(model) if notes else data
    return PlainNetwork(plain, graph_of(path, plain), notes)
