"""The files of an export: sources, what the build system expects, licences, report, manifest."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.records.board import Board
from scons_tinyml.records.export import Export, ExportedFile, Flags, Role
from scons_tinyml.records.export_names import MANIFEST
from scons_tinyml.records.report import Provenance
from scons_tinyml.resources import licence
from scons_tinyml.stages.export.kernels import UsedKernels, declared_kernels, used_kernels
from scons_tinyml.stages.export.system import Exported, SourceFile, System, filled
from scons_tinyml.stages.export.systems import SYSTEMS
from scons_tinyml.stages.export.tree import Generated, Tree
from scons_tinyml.stages.files import json_text
from scons_tinyml.stages.firmware.toolchain import LANGUAGE_FLAGS, LINK_LIBRARIES, core_flags
from scons_tinyml.stages.folder import replace_folder
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.plan.record import Plan
from scons_tinyml.stages.plan.state import state_bytes

_DEBUG = "-g"
LICENCE, NOTICE, REPORT = "LICENSE", "NOTICE", "report.json"


@dataclass(frozen=True)
class Network:
    """A network that is exported, for one board."""

    title: str
    board: Board
    generated: Generated
    arena_bytes: int
    state_bytes: int
    report: bytes
    """Content of report.json."""
    provenance: Provenance


def export_network(
    *,
    system: str,
    folder: Path,
    board: Board,
    graph: Graph,
    plan: Plan,
    generated: Generated,
    sources: KernelSources,
    archives: Mapping[str, Path],
    report: bytes,
    provenance: Provenance,
) -> None:
    """Make all files of the export for `system`, then replace `folder`.

    `generated` are the files of `plan`, `archives` the compiled kernels by set, `report` and its `provenance` those of
    the image. Raises InputError where the system has no name for the board, EnvironmentProblem for `folder`.
    """
    names = (layer.kernel for layer in plan.layers if layer.kernel)
    network = Network(
        title=graph.name,
        board=board,
        generated=generated,
        arena_bytes=plan.memory.arena_bytes,
        state_bytes=state_bytes(graph),
        report=report,
        provenance=provenance,
    )
    used = used_kernels(declared_kernels(names, sources), sources, board, archives)
    replace_folder(folder, export_files(network, used, sources, system))


def export_files(
    network: Network, kernels: UsedKernels, sources: KernelSources, system_name: str
) -> dict[str, bytes]:
    """Return the content of each file of the export for the build system, by path.

    Raises InputError where the system has no name for the board.
    """
    system = SYSTEMS.load(system_name).SYSTEM
    assert isinstance(system, System)
    tree = Tree(network.generated, kernels, sources)
    most_used = _most_used(tree, network.board, system)
    names = filled("names.h.j2", _empty(network, kernels, system_name, ()), renamed=kernels.renamed)
    found = (
        *tree.files(network.board, system, most_used),
        SourceFile(tree.names, "header", names.encode()),
    )
    exported = _empty(network, kernels, system_name, found)
    added: dict[str, tuple[Role, bytes]] = {
        path: ("example" if system.examples and path.startswith(system.examples) else "build", text.encode())
        for path, text in system.files(exported).items()
    }
    added[LICENCE] = ("licence", licence().encode())
    added[NOTICE] = ("licence", filled("NOTICE.j2", exported).encode())
    added[REPORT] = ("report", network.report)
    files = [_listed(source.path, source.role, source.content, source) for source in found]
    files += [_listed(path, role, content) for path, (role, content) in added.items()]
    files.sort(key=lambda file: file.path)
    record = exported.record.model_copy(update={"files": tuple(files)})
    contents = {source.path: source.content for source in found}
    contents |= {path: content for path, (_, content) in added.items()}
    return contents | {MANIFEST: json_text(record.model_dump(mode="json")).encode()}


def _most_used(tree: Tree, board: Board, system: System) -> str:
    """Return the level of optimization of most C files."""
    levels = Counter(file.optimize for file in tree.files(board, system, "") if file.optimize)
    return min(levels, key=lambda level: (-levels[level], level))


def _empty(network: Network, kernels: UsedKernels, system: str, sources: Iterable[SourceFile]) -> Exported:
    """Return the export with its `sources`, whose record lists no files yet."""
    board, core = network.board, core_flags(network.board)
    record = Export(
        system=system,
        network=network.title,
        c_name=network.generated.name,
        target=board.name,
        part=board.part,
        core=board.core,
        clock_hz=board.clock,
        float_abi="hard" if "-mfloat-abi=hard" in core else "soft",
        arena_bytes=network.arena_bytes,
        state_bytes=network.state_bytes,
        scons_tinyml=network.provenance.scons_tinyml,
        compiler=network.provenance.compiler,
        flags=Flags(
            core=core,
            language=tuple(flag for flag in LANGUAGE_FLAGS if flag != _DEBUG),
            libraries=LINK_LIBRARIES,
        ),
        symbols=dict(kernels.renamed),
        kernel_sources=dict(network.provenance.kernel_sources),
        files=(),
    )
    return Exported(record, board, tuple(sources))


def _listed(path: str, role: Role, content: bytes, source: SourceFile | None = None) -> ExportedFile:
    return ExportedFile(
        path=path,
        role=role,
        sha256=hashlib.sha256(content).hexdigest(),
        optimize=source.optimize if source else None,
        defines=source.defines if source else (),
        original=source.original if source else None,
    )
