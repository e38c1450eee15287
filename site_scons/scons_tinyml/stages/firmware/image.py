"""Images: C texts become objects, objects and archives a linked ELF file. Whatever is linked here is linked by this.

Measuring, footprints and hardware benches build their images with `ImageBuilder`; the nodes of a build compile and link
file by file, with the flags that stand here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.placement import DEFAULT, place
from scons_tinyml.stages import files
from scons_tinyml.stages.codegen.generate import generate
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.firmware.render import linker_script, main_code, startup_code
from scons_tinyml.stages.firmware.toolchain import (
    LANGUAGE_FLAGS,
    LINK_FLAGS,
    LINK_LIBRARIES,
    NETWORK_OPTIMIZE,
    WARNING_FLAGS,
    Toolchain,
    core_flags,
)

if TYPE_CHECKING:
    from scons_tinyml.records.board import Board
    from scons_tinyml.stages.graph.ir import Graph
    from scons_tinyml.stages.lowering.implementation import Implementation
    from scons_tinyml.stages.plan.memory import MemoryPlan

SCRIPT = "link.ld"
STARTUP = "startup.c"


def compile_flags(board: Board) -> tuple[str, ...]:
    """Flags that everything generated is compiled with."""
    return (*core_flags(board), *LANGUAGE_FLAGS, NETWORK_OPTIMIZE, *WARNING_FLAGS)


def link_flags(board: Board) -> tuple[str, ...]:
    """Flags that an image is linked with; LINK_LIBRARIES follow its inputs."""
    return (*core_flags(board), *LINK_FLAGS)


def network_texts(
    board: Board,
    graph: Graph,
    memory: MemoryPlan,
    implementations: Mapping[int, Implementation],
    name: str,
    placement: str = DEFAULT,
) -> dict[str, str]:
    """Text of each file, by its name, that an image of `graph` has of its own: C, main, linker script.

    Start-up code is among them where `placement` has it copy code or weights into RAM; else all images of a board share
    the one for the default.
    """
    where = place(board, memory.arena_bytes, placement)
    prefix = c_identifier(name)
    texts = generate(graph, memory, implementations, name)
    texts["main.c"] = main_code(prefix, graph.has_state)
    texts[SCRIPT] = linker_script(board, where)
    if where.copied:
        texts[STARTUP] = startup_code(board, where.copied)
    return texts


@dataclass(frozen=True)
class ImageBuilder:
    """Makes images for `board` in `folder`. `startup` is its start-up code for the default placement, as an object."""

    board: Board
    toolchain: Toolchain
    include_folders: tuple[Path, ...]
    startup: Path
    archives: tuple[Path, ...]
    folder: Path = Path()

    def write(self, texts: Mapping[str, str]) -> None:
        """Write the files `texts`."""
        for name, text in texts.items():
            files.write_text(self.folder / name, text)

    def compile(self, names: Collection[str]) -> list[Path]:
        """Objects of the C files `names`, compiled side by side. Raises InternalError: all of them are generated."""
        with ThreadPoolExecutor(cpu_count()) as pool:
            return list(pool.map(self._compile, names))

    def build(self, texts: Mapping[str, str], name: str, flags: Sequence[str] = ()) -> Path:
        """Write and compile `texts`, and link them to `name`.elf. Start-up code among them takes the place of ours."""
        self.write(texts)
        objects = self.compile([file for file in texts if file.endswith(".c")])
        return self.link(objects, name, flags, with_startup=STARTUP not in texts)

    def link(
        self, objects: Sequence[Path], name: str, flags: Sequence[str] = (), *, with_startup: bool = True
    ) -> Path:
        """`name`.elf, of `objects` and the archives by the linker script in the folder. Raises InternalError."""
        elf = self.folder / f"{name}.elf"
        given = [*objects, *((self.startup,) if with_startup else ()), *self.archives]
        script = ("-T", str(self.folder / SCRIPT))
        inputs = [*map(str, given), *LINK_LIBRARIES]
        self.toolchain.run(
            [*link_flags(self.board), *flags, *script, "-o", str(elf), *inputs], what=f"linking {name}"
        )
        return elf

    def object(self, name: str) -> Path:
        """Place of the object of the C file `name`."""
        return (self.folder / name).with_suffix(".o")

    def _compile(self, name: str) -> Path:
        target = self.object(name)
        includes = [f"-I{path}" for path in (self.folder, *self.include_folders)]
        arguments = [*compile_flags(self.board), *includes, "-c", "-o", str(target), str(self.folder / name)]
        self.toolchain.run(arguments, what=f"compiling {name}")
        return target
