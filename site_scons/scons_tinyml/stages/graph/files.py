"""A graph as two files: `graph.json` for people and programs, `graph.bin` beside it for the constants.

The round trip is exact: scales are float32, and JSON has the shortest decimal form of the same double.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import CONSTANTS_BYTES, SHOWN_CHARACTERS
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.names import shorten
from scons_tinyml.records.typed import from_values
from scons_tinyml.stages.files import write_bytes, write_json
from scons_tinyml.stages.graph.ir import Graph, Layer, Tensor

SCHEMA_VERSION = 2
_ALIGNMENT_BYTES = 16
_KEPT = ("name", "shape", "type", "quantization", "file_index", "file_channels", "file_rows", "part_of")
"""Fields of a tensor that are the same in the file."""


def write_graph(graph: Graph, json_path: Path, constants_path: Path) -> None:
    """Write both files; equal constants are stored once. Equal graphs give equal bytes."""
    constants = bytearray()
    places: dict[bytes, int] = {}
    tensors = [_tensor_to_json(tensor, constants, places) for tensor in graph.tensors]
    write_bytes(constants_path, bytes(constants))
    write_json(
        json_path,
        {
            "schema_version": SCHEMA_VERSION,
            "name": graph.name,
            "inputs": graph.inputs,
            "outputs": graph.outputs,
            "input_names": graph.input_names,
            "output_names": graph.output_names,
            "notes": graph.notes,
            "tensors": tensors,
            "layers": [_layer_to_json(layer) for layer in graph.layers],
        },
    )


def read_graph(json_path: Path, constants_path: Path) -> Graph:
    """Return the graph in two files of `write_graph`. Raises ModelFileError for any other content."""
    try:
        table = read_json(json_path)
        constants = read_input(constants_path, CONSTANTS_BYTES)
    except OSError as error:
        raise ModelFileError(error.strerror or str(error), where=error.filename) from None
    except ValueError as error:
        raise ModelFileError(f"is not JSON: {error}", where=json_path) from None
    version = table.get("schema_version") if isinstance(table, dict) else None
    if version != SCHEMA_VERSION:
        raise ModelFileError(
            f"found {version!r}, expected {SCHEMA_VERSION}", where=json_path, key="schema_version"
        )
    try:
        return _graph_from_json(table, constants)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        shown = shorten(f"{type(error).__name__}: {error}", 2 * SHOWN_CHARACTERS)
        raise ModelFileError(f"is not a graph with its constants: {shown}", where=json_path) from None


def _tensor_to_json(tensor: Tensor, constants: bytearray, places: dict[bytes, int]) -> dict[str, Any]:
    quantization = tensor.quantization
    return {
        "name": tensor.name,
        "file_index": tensor.file_index,
        "file_channels": tensor.file_channels,
        "file_rows": tensor.file_rows,
        "part_of": tensor.part_of,
        "shape": tensor.shape,
        "type": tensor.type,
        "quantization": None
        if quantization is None
        else {
            "scales": quantization.scales,
            "zero_points": quantization.zero_points,
            "axis": quantization.axis,
        },
        "constant": None if tensor.data is None else _store(tensor.data, constants, places),
        "state": None if tensor.state is None else _store(tensor.state, constants, places),
    }


def _store(data: bytes, constants: bytearray, places: dict[bytes, int]) -> dict[str, int]:
    if data not in places:
        constants.extend(bytes(-len(constants) % _ALIGNMENT_BYTES))
        places[data] = len(constants)
        constants.extend(data)
    return {"offset": places[data], "length": len(data)}


def _layer_to_json(layer: Layer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "operator": layer.operator,
        "inputs": layer.inputs,
        "outputs": layer.outputs,
        "options": dict(layer.options),
    }


def _graph_from_json(table: Mapping[str, Any], stored: bytes) -> Graph:
    constants = _Constants(stored)
    tensors = [_tensor_values(index, row, constants) for index, row in enumerate(table["tensors"])]
    layers = [{**row, "index": index} for index, row in enumerate(table["layers"])]
    names = ("name", "inputs", "outputs", "input_names", "output_names", "notes")
    return from_values(Graph, {**{name: table[name] for name in names}, "tensors": tensors, "layers": layers})


def _tensor_values(index: int, row: Mapping[str, Any], constants: _Constants) -> dict[str, Any]:
    values = {name: row[name] for name in _KEPT}
    places = {"data": row["constant"], "state": row["state"]}
    data = {name: None if place is None else constants.at(place) for name, place in places.items()}
    return {"index": index, **values, **data}


class _Constants:
    """Constants in the bytes `stored`. Tensors with the same constant share one copy of it."""

    def __init__(self, stored: bytes) -> None:
        self._stored = stored
        self._found: dict[tuple[int, int], bytes] = {}

    def at(self, place: Mapping[str, int]) -> bytes:
        """Return the constant at `place`. Raises ValueError for a place outside of the bytes."""
        start, end = place["offset"], place["offset"] + place["length"]
        if not 0 <= start <= end <= len(self._stored):
            raise ValueError(f"bytes {start} to {end} are not in the {len(self._stored)} bytes of constants")
        if (start, end) not in self._found:
            self._found[start, end] = self._stored[start:end]
        return self._found[start, end]
