"""A board with everything that makes images for it: compiler, kernel sets, start-up code, cost database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from os import cpu_count
from pathlib import Path

from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.trust import NOBODY, Trust
from scons_tinyml.resources import folders
from scons_tinyml.stages import files
from scons_tinyml.stages.firmware.image import STARTUP, ImageBuilder
from scons_tinyml.stages.firmware.programs import find_companion
from scons_tinyml.stages.firmware.render import startup_code
from scons_tinyml.stages.firmware.toolchain import COMPILER, Toolchain, find_toolchain, kernel_flags
from scons_tinyml.stages.lowering.implementation import DeclaredCode, Implementation
from scons_tinyml.stages.lowering.sources import KernelSources

IMAGE = "image"
"""Name of the folder of an image's own files, in that of the workspace."""
OBJECTS = "objects"
"""Name of the folder with the archives of kernel sets, likewise."""


@dataclass(frozen=True)
class Workspace:
    """All inputs of a build except for the network. `folder` is for results; `database` holds the measured rows."""

    board: Board
    sources: KernelSources
    toolchain: Toolchain
    folder: Path
    database: Path
    trust: Trust = NOBODY
    """Packs and signers whose hardware rows may decide; rows that were measured here always do."""


def open_workspace(
    board: Path,
    folder: Path,
    *,
    sets: Collection[str] | None = None,
    kernels: Sequence[Path] = (),
    externals: Mapping[str, Path] | None = None,
    database: Path | None = None,
    compiler: str = COMPILER,
    trust: str = "",
) -> Workspace:
    """Return a workspace for the board in the TOML file `board`, with results in `folder`.

    `sets` names the kernel sets to use (default: all). `kernels` are folders of sets, which add to the shipped ones; of
    two sets with one name, the first wins. `externals` has folders by set, for sets whose sources are not part of the
    project. `database` is the file of costs (default: costs.sqlite3 in `folder`). `trust` names packs and signers as on
    a command line. Raises InputError for other names, RecordError for an invalid file, EnvironmentProblem without
    `compiler`.
    """
    read = KernelSources.read([*kernels, folders("kernels", Path())[-1]], externals)
    return Workspace(
        board=read_board(board),
        sources=read if sets is None else read.only(sets),
        toolchain=find_toolchain(compiler),
        folder=folder.resolve(),
        database=database or folder / "costs.sqlite3",
        trust=Trust.parse(trust),
    )


def compile_kernels(workspace: Workspace, items: Iterable[Implementation]) -> ImageBuilder:
    """Compile start-up code and the declared kernels among `items`, with an archive for each kernel set.

    The result builds images in the folder of the workspace. Raises InternalError for a kernel that does not compile.
    """
    folder = workspace.folder / OBJECTS
    files.write_text(folder / STARTUP, startup_code(workspace.board))
    builder = ImageBuilder(
        board=workspace.board,
        toolchain=workspace.toolchain,
        include_folders=workspace.sources.include_folders,
        startup=folder / "startup.o",
        archives=(),
        folder=folder,
    )
    builder.compile([STARTUP])
    declared = {item.code.kernel.name: item for item in items if isinstance(item.code, DeclaredCode)}
    archives = tuple(_archives(workspace, declared.values(), folder))
    return replace(builder, archives=archives, folder=workspace.folder / IMAGE)


def _archives(workspace: Workspace, items: Iterable[Implementation], folder: Path) -> Iterator[Path]:
    by_set: dict[str, dict[Path, bool]] = {}
    for item in items:
        assert isinstance(item.code, DeclaredCode)
        kernel, own = item.code.kernel, len(item.code.kernel.sources)
        for position, file in enumerate(workspace.sources.files(kernel)):
            by_set.setdefault(item.set_name, {})[file] = position < own
    for name, sources in by_set.items():
        with ThreadPoolExecutor(cpu_count()) as pool:
            jobs = [(workspace, name, file, own, folder / name) for file, own in sources.items()]
            objects = list(pool.map(lambda job: _compile(*job), jobs))
        archive = folder / f"{name}.a"
        archive.unlink(missing_ok=True)
        archiver = replace(workspace.toolchain, path=find_companion(workspace.toolchain.path, "gcc-ar"))
        archiver.run(["rcsD", archive, *objects], what=f"archiving {name}")
        yield archive


def _compile(workspace: Workspace, set_name: str, file: Path, own: bool, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{file.stem}.o"
    flags = kernel_flags(workspace.board, workspace.sources.sets[set_name], own=own)
    includes = [f"-I{path}" for path in workspace.sources.include_folders_of(set_name)]
    workspace.toolchain.run([*flags, *includes, "-c", "-o", target, file], what=f"compiling {file.name}")
    return target
