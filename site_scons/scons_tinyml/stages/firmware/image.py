"""Images: compile C texts to objects, and link objects and archives to an ELF file.

Measuring, footprints and hardware benches build their images with `ImageBuilder`. The nodes of a build
compile and link file by file, with the flags of `toolchain`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.images import ARENAS
from scons_tinyml.records.placement import DEFAULT, place
from scons_tinyml.stages import files
from scons_tinyml.stages.codegen.generate import generate, sharing_arena
from scons_tinyml.stages.codegen.names import c_identifier
from scons_tinyml.stages.firmware.render import linker_script, main_code, startup_code
from scons_tinyml.stages.firmware.toolchain import LINK_LIBRARIES, Toolchain, compile_flags, link_flags

if TYPE_CHECKING:
    from scons_tinyml.records.board import Board
    from scons_tinyml.stages.graph.ir import Graph
    from scons_tinyml.stages.lowering.implementation import Implementation
    from scons_tinyml.stages.plan.memory import MemoryPlan

SCRIPT = "link.ld"
STARTUP = "startup.c"


def network_texts(
    board: Board,
    graph: Graph,
    memory: MemoryPlan,
    implementations: Mapping[int, Implementation],
    name: str,
    placement: str = DEFAULT,
    arena: str = ARENAS[0],
) -> dict[str, str]:
    """Return the text of each file, by name, that only this image of `graph` has: C, main, linker script.

    Start-up code is one of them when `placement` has it copy code or weights into RAM. Otherwise all images
    of a board share the start-up code of the default placement. A network whose `arena` is 'shared' lacks it.
    """
    where = place(board, memory.arena_bytes, placement)
    prefix = c_identifier(name)
    texts = generate(graph, memory, implementations, name, sharing_arena(name) if arena == "shared" else None)
    texts["main.c"] = main_code({prefix: graph.has_state})
    texts[SCRIPT] = linker_script(board, where)
    if where.copied != place(board, 0).copied:
        texts[STARTUP] = startup_code(board, where.copied)
    return texts


@dataclass(frozen=True)
class ImageBuilder:
    """Builds images for `board` in `folder`. `startup` is the start-up object of the default placement."""

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
        """Compile the C files `names` in parallel; return the objects.

        Raises InternalError, as all are generated.
        """
        with ThreadPoolExecutor(cpu_count()) as pool:
            return list(pool.map(self._compile, names))

    def build(self, texts: Mapping[str, str], name: str, flags: Sequence[str] = ()) -> Path:
        """Write and compile `texts`, and link them to `name`.elf.

        Start-up code in `texts` replaces `startup`.
        """
        self.write(texts)
        objects = self.compile([file for file in texts if file.endswith(".c")])
        return self.link(objects, name, flags, with_startup=STARTUP not in texts)

    def link(
        self, objects: Sequence[Path], name: str, flags: Sequence[str] = (), *, with_startup: bool = True
    ) -> Path:
        """Link `objects`, the archives and the linker script in the folder to `name`.elf.

        Raises InternalError.
        """
        return self.link_printing(objects, name, flags, with_startup=with_startup)[0]

    def link_printing(
        self, objects: Sequence[Path], name: str, flags: Sequence[str] = (), *, with_startup: bool = True
    ) -> tuple[Path, str]:
        """Link as `link` does; return the image and the output of the linker. Raises InternalError."""
        elf = self.folder / f"{name}.elf"
        given = [*objects, *((self.startup,) if with_startup else ()), *self.archives]
        script = ("-T", self.folder / SCRIPT)
        words: list[str | Path] = [
            *link_flags(self.board),
            *flags,
            *script,
            "-o",
            elf,
            *given,
            *LINK_LIBRARIES,
        ]
        return elf, self.toolchain.run(words, what=f"linking {name}")

    def object(self, name: str) -> Path:
        """Return the path of the object of the C file `name`."""
        return (self.folder / name).with_suffix(".o")

    def _compile(self, name: str) -> Path:
        target = self.object(name)
        includes = [f"-iquote{self.folder}", *(f"-I{path}" for path in self.include_folders)]
        arguments: list[str | Path] = [
            *compile_flags(self.board),
            *includes,
            "-c",
            "-o",
            target,
            self.folder / name,
        ]
        self.toolchain.run(arguments, what=f"compiling {name}")
        return target
