"""Artefacts of a build, read from the paths of the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from scons_tinyml.records.board import read_board
from scons_tinyml.records.kernel import KernelSet
from scons_tinyml.records.limits import COMMAND_LINE, Limit, limits_in_force, rate_in_force
from scons_tinyml.records.model import read_model
from scons_tinyml.records.project_state import project_text
from scons_tinyml.records.report import NetworkType, ProjectState, Provenance
from scons_tinyml.records.revisions import read_revision
from scons_tinyml.records.toml_file import read_record
from scons_tinyml.resources import find_in, version
from scons_tinyml.stages.files import file_sha256
from scons_tinyml.stages.firmware.fetch import is_of_wheel
from scons_tinyml.stages.firmware.sizes import read_sizes
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.gate.assemble import Build
from scons_tinyml.stages.gate.requests import ReportRequest
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.sources import external_folders
from scons_tinyml.stages.plan.footprint import read_footprint
from scons_tinyml.stages.plan.record import Plan, read_plan
from scons_tinyml.stages.quantize.evaluation import Evaluation, read_evaluation
from scons_tinyml.stages.run.record import read_run

NO_SAMPLES = "there are no labelled samples for a network that was given as a file"
OF_THE_IMAGE = ("flash", "ram")
"""Limits of a whole image, and not of one of its networks."""
RANDOM_WEIGHTS = "the weights of the network are random"


def read_build(request: ReportRequest[Path]) -> Build:
    """Read the files of `request`. Raises RecordError, InputError, ModelFileError, InternalError."""
    board, plan = read_board(request.board), read_plan(request.plan)
    graph, result = read_graph(request.graph, request.constants), read_run(request.run)
    is_part = request.content == "application"
    limits = described(limits_in_force(board, request.model, request.limits), request.described)
    return Build(
        board=board,
        model=graph.name,
        quantization=quantization(request.mode, graph),
        graph=graph,
        plan=plan,
        sizes=read_sizes(request.sizes),
        run=result,
        evaluation=_evaluation(request.accuracy, request.model),
        limits={key: limit for key, limit in limits.items() if not is_part or key not in OF_THE_IMAGE},
        provenance=Provenance(
            scons_tinyml=version(),
            compiler=find_toolchain(request.compiler).version,
            timing_model=result.timing_model,
            kernel_sources=kernel_sources(plan, request.kernels, external_folders(request.external)),
            network_sha256=file_sha256(request.tflite) if request.tflite else None,
        ),
        project=project_state(request.project),
        footprint=read_footprint(request.footprint),
        inferences_per_hour=rate_in_force(board, request.model, request.limits),
        is_part=is_part,
    )


def described(limits: Mapping[str, Limit], text: str) -> dict[str, Limit]:
    """Return `limits`, where those of the command line that `text` names are of a file: 'SConstruct:flash,ram'."""
    file, _, keys = text.rpartition(":")

    def of_file(key: str, limit: Limit) -> Limit:
        asked = limit.asked and of_file(key, limit.asked)
        return replace(
            limit, source=f"{file}: {key}" if limit.source == COMMAND_LINE else limit.source, asked=asked
        )

    named = keys.split(",")
    return {key: of_file(key, limit) if key in named else limit for key, limit in limits.items()}


def project_state(text: str) -> ProjectState | None:
    """Return the record of `text`, a result of `project_text`, or None if it is empty. Raises InputError."""
    said = dict(word.partition("=")[::2] for word in text.split())
    if not said:
        return None
    project_text(said, {})
    dirty = {"yes": True, "no": False}.get(said.get("dirty", ""))
    return ProjectState(commit=said.get("commit"), dirty=dirty, built=said.get("built"))


def quantization(mode: str, graph: Graph) -> NetworkType:
    """Return the network's type: that of the build, or for a given file the type of most layer outputs."""
    return graph.quantization if mode == "given" else cast(NetworkType, mode)


def kernel_sources(plan: Plan, folders: Sequence[Path], externals: Mapping[str, Path]) -> dict[str, str]:
    """Return the origin of each kernel set that `plan` uses: a pinned wheel, a checkout, or the project itself."""
    names = {layer.kernel.partition("/")[0] for layer in plan.layers if layer.kernel}
    places = find_in("kernels", folders)
    return {name: _origin(places[name], externals.get(name)) for name in sorted(names)}


def _origin(folder: Path, sources: Path | None) -> str:
    kernel_set = read_record(folder / "set.toml", KernelSet, name=folder.name)
    wheel = kernel_set.external
    if wheel is None:
        return "this project"
    if sources is None or is_of_wheel(sources, wheel):
        return f"{wheel.distribution} {wheel.version}, sha256 {wheel.sha256}"
    revision = f", revision {read_revision(sources / wheel.revisions.header)}" if wheel.revisions else ""
    return f"a checkout, {wheel.override_option}={revision}"


def _evaluation(path: Path | None, model: Path | None) -> Evaluation | str:
    if path is not None:
        return read_evaluation(path)
    return RANDOM_WEIGHTS if model is not None and read_model(model).random_weights else NO_SAMPLES
