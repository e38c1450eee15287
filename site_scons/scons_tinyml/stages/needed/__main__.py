"""Stage: find the kernels that can run a layer of the network on the board, and their C files.

python -m scons_tinyml.stages needed --graph G.json --constants G.bin --board B.toml --kernels FOLDER ...
--needed N.json

The build compiles these files. Its result is a small file that is read without pydantic: by kernel set the
names of the kernels, their own C files, and their external C files.
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.board import read_board
from scons_tinyml.stages import files
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import DeclaredCode, implementations
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.lowering.sources import KernelSources, external_folders
from scons_tinyml.stages.needed.listed import needed
from scons_tinyml.stages.needed.request import NeededRequest


def main(request: NeededRequest[Path]) -> None:
    """Write the needed kernels. Raises RecordError, ModelFileError."""
    board, graph = read_board(request.board), read_graph(request.graph, request.constants)
    sources = KernelSources.read(request.kernels, external_folders(request.external))
    lowered = lower(graph, sources.providers, Core.of(board))
    codes = (item.code for items in lowered.values() for item in implementations(items))
    declared = (code.kernel for code in codes if isinstance(code, DeclaredCode))
    files.write_json(request.needed, needed(sources.sets, declared))
