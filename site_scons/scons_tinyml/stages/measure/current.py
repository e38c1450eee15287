"""Current properties that rows depend on, for all boards of a project; `identity` has those of one board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from scons_tinyml.costs.current import Current
from scons_tinyml.costs.memory import memory_text
from scons_tinyml.emulator.timing import timed_cores, timing_for
from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import EnvironmentProblem
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.records.placement import placements
from scons_tinyml.stages.firmware.fetch import MANIFEST
from scons_tinyml.stages.firmware.sources import source_digest
from scons_tinyml.stages.firmware.toolchain import Toolchain
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure.hardware.firmware import VERSION
from scons_tinyml.stages.measure.identity import compiler_text, flags_text
from scons_tinyml.stages.oracle import oracle_name


def find_current(boards: Sequence[Board], toolchain: Toolchain, sources: KernelSources) -> Current:
    """Return the current properties on this machine."""
    cores = {board.core_name: board for board in boards}
    return Current(
        compilers={core: compiler_text(board, toolchain) for core, board in cores.items()},
        flags={
            (core, kernel.name): flags_text(board, sources.sets[kernel.set_name])
            for core, board in cores.items()
            for kernel in sources.kernels
        },
        sources={kernel.name: _digest(kernel, sources) for kernel in sources.kernels},
        generators={found.name for found in sources.generators},
        memories={
            core: {
                memory_text(board, placement): board.name
                for board in boards
                if board.core_name == core
                for placement in placements(board)
            }
            for core in cores
        },
        timing_versions={
            ("emulator", core): timing_for(core).version
            for core, board in cores.items()
            if board.core in timed_cores()
        }
        | {("hardware", core): VERSION for core in cores},
        oracle=_oracle(),
    )


def fetched_sources(folders: Sequence[Path], fetched: Path, overrides: Mapping[str, Path]) -> KernelSources:
    """Return the kernel sets in `folders`, with external sources that a build has put below `fetched`.

    `overrides` has checkouts that replace them, by kernel set.
    """
    places = {path.parent.name: path.parent for path in sorted(fetched.glob(f"*/{MANIFEST}"))}
    return KernelSources.read(folders, {**places, **overrides})


def _digest(kernel: Kernel, sources: KernelSources) -> str | None:
    """Return the digest of the kernel's sources; None when a file is missing on this machine."""
    if sources.sets[kernel.set_name].external is not None and kernel.set_name not in sources.externals:
        return None  # its own files include external headers
    files = sources.files(kernel)
    if not all(path.is_file() for path in files):
        return None
    return source_digest(files, sources.include_folders_of(kernel.set_name))


def _oracle() -> str | None:
    try:
        return oracle_name()
    except EnvironmentProblem:
        return None
