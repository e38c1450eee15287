"""Stage: a network that has passed becomes a folder for the build system of other people.

python -m scons_tinyml.stages export --system cmake --graph G.json --constants G.bin --plan P.json --board B.toml
    --network N.c --header N.h --weights W.c --weights-header W.h --kernels K.c --kernels-header K.h
    --archive SET.a ... --report report.json --sets FOLDER ... --manifest FOLDER/manifest.json
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.board import read_board
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import IMAGE_BYTES
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.export.assemble import Network, export_files
from scons_tinyml.stages.folder import replace_folder
from scons_tinyml.stages.export.kernels import declared_kernels, used_kernels
from scons_tinyml.stages.export.request import ExportRequest
from scons_tinyml.stages.export.tree import Generated
from scons_tinyml.stages.gate.report_file import read_judged
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.lowering.sources import KernelSources, external_folders
from scons_tinyml.stages.plan.record import read_plan
from scons_tinyml.stages.plan.state import state_bytes


def main(request: ExportRequest[Path]) -> None:
    """Make all files, then replace the folder. Raises InputError for a report without the verdict 'pass'."""
    judged = read_judged(request.report)
    if judged.verdict != "pass":
        raise InputError("does not say 'pass', so nothing is exported", where=request.report)
    board, plan = read_board(request.board), read_plan(request.plan)
    graph = read_graph(request.graph, request.constants)
    sources = KernelSources.read(request.sets, external_folders(request.external))
    kernels = declared_kernels((layer.kernel for layer in plan.layers if layer.kernel), sources)
    archives = {path.stem: path for path in request.archive}
    network = Network(
        title=graph.name,
        board=board,
        generated=Generated(
            name=c_identifier(graph.name),
            header=request.header,
            headers=(request.weights_header, request.kernels_header),
            files=(request.network, request.weights, request.kernels),
        ),
        arena_bytes=plan.memory.arena_bytes,
        state_bytes=state_bytes(graph),
        report=read_input(request.report, IMAGE_BYTES),
        provenance=judged.provenance,
    )
    used = used_kernels(kernels, sources, board, archives)
    replace_folder(request.manifest.parent, export_files(network, used, sources, request.system))
