"""Stage: find the kernels that can run a layer of any of several networks, and their C files.

python -m scons_tinyml.stages explain.needed --networks A.tflite --networks B.tflite --board B.toml --kernels FOLDER ...
    --needed kernels.json
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scons_tinyml.records.board import read_board
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages import files
from scons_tinyml.stages.explain.networks import read_network
from scons_tinyml.stages.explain.requests import NeededRequest
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.implementation import DeclaredCode, implementations
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.lowering.sources import KernelSources, external_folders
from scons_tinyml.stages.needed.listed import needed


def main(request: NeededRequest[Path]) -> None:
    """Write the needed kernels. Raises RecordError, ModelFileError."""
    core = Core.of(read_board(request.board))
    sources = KernelSources.read(request.kernels, external_folders(request.external))

    def kernels() -> Iterator[Kernel]:
        for path in request.networks:
            graph = read_network(path, request.fold_constant_channels)
            lowered = lower(graph, sources.providers, core) if graph else {}
            codes = (item.code for items in lowered.values() for item in implementations(items))
            yield from (code.kernel for code in codes if isinstance(code, DeclaredCode))

    files.write_json(request.needed, needed(sources.sets, kernels()))
