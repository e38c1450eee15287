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
from scons_tinyml.records.input_limits import REPORT_BYTES
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.export.assemble import export_network
from scons_tinyml.stages.export.request import ExportRequest
from scons_tinyml.stages.export.tree import Generated
from scons_tinyml.stages.gate.report_file import read_judged
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.lowering.sources import KernelSources, external_folders
from scons_tinyml.stages.plan.record import read_plan


def main(request: ExportRequest[Path]) -> None:
    """Make all files, then replace the folder. Raises InputError for a report without the verdict 'pass'."""
    judged = read_judged(request.report)
    if judged.verdict != "pass":
        raise InputError("does not say 'pass', so nothing is exported", where=request.report)
    graph = read_graph(request.graph, request.constants)
    export_network(
        system=request.system,
        folder=request.manifest.parent,
        board=read_board(request.board),
        graph=graph,
        plan=read_plan(request.plan),
        generated=Generated(
            name=c_identifier(graph.name),
            header=request.header,
            headers=(request.weights_header, request.kernels_header),
            files=(request.network, request.weights, request.kernels),
        ),
        sources=KernelSources.read(request.sets, external_folders(request.external)),
        archives={path.stem: path for path in request.archive},
        report=read_input(request.report, REPORT_BYTES),
        provenance=judged.provenance,
    )
