"""What a bench of one kernel is linked with, made without a build."""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.board import Board
from scons_tinyml.records.kernel import Kernel, KernelSet
from scons_tinyml.stages.firmware.image import ImageBuilder
from scons_tinyml.stages.firmware.render import startup_code
from scons_tinyml.stages.firmware.toolchain import LANGUAGE_FLAGS, Toolchain, core_flags
from scons_tinyml.stages.lowering.sources import KernelSources


def builder_of(board: Board, toolchain: Toolchain, kernels: Path, folder: Path) -> ImageBuilder:
    """Start-up code in `folder`, and no kernels yet."""
    (folder / "startup.c").write_text(startup_code(board))
    return ImageBuilder(board, toolchain, (kernels / "include",), folder / "startup.c", ())


def compiled(
    board: Board,
    toolchain: Toolchain,
    kernel_set: KernelSet,
    sources: KernelSources,
    kernel: Kernel,
    folder: Path,
) -> tuple[Path, ...]:
    """Objects of a kernel, with the flags of its set."""
    flags = (*core_flags(board), *LANGUAGE_FLAGS, kernel_set.optimize)
    includes = [f"-I{path}" for path in sources.include_folders]
    objects = []
    for path in sources.files(kernel):
        objects.append(folder / f"{path.stem}.o")
        toolchain.run(
            [*flags, *includes, "-c", "-o", str(objects[-1]), str(path)], what=f"compiling {path.name}"
        )
    return tuple(objects)
