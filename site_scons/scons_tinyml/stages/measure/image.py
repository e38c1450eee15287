"""Linking generated code for a placement: a layer alone, or a whole network, as the firmware will have it.

The image is made by the same code generator, linker script and start-up code as the whole network's, so that a layer
alone meets flash and RAM as it will in the firmware.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.records.board import Board
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.records.placement import DEFAULT, place
from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages import files
from scons_tinyml.stages.codegen.generate import generate
from scons_tinyml.stages.firmware.render import linker_script, main_code, startup_code
from scons_tinyml.stages.firmware.sizes import read_image
from scons_tinyml.stages.firmware.toolchain import (
    LANGUAGE_FLAGS,
    LINK_FLAGS,
    LINK_LIBRARIES,
    NETWORK_OPTIMIZE,
    WARNING_FLAGS,
    Toolchain,
    core_flags,
)
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.choose import STACK_BYTES
from scons_tinyml.stages.plan.memory import MemoryPlan

NAME = "bench"
_PARTS = {"code": (".text",), "weights": (".rodata",), "data": (".data", ".bss"), "arena": (".arena",)}


@dataclass(frozen=True)
class Linker:
    """What images of one board are made with: `startup` is its start-up code as an object for the default."""

    board: Board
    toolchain: Toolchain
    include_folders: tuple[Path, ...]
    startup: Path
    archives: tuple[Path, ...]

    def link(
        self,
        graph: Graph,
        memory: MemoryPlan,
        kernels: Mapping[int, Kernel],
        folder: Path,
        placement: str = DEFAULT,
    ) -> Path:
        """The image of `graph` in `folder`, its C names beginning with NAME."""
        where = place(self.board, memory.arena_bytes, placement)
        sources = generate(graph, memory, kernels, NAME)
        sources["main.c"] = main_code(NAME, graph.has_state)
        sources["link.ld"] = linker_script(self.board, where)
        given = [*self.archives]
        if where.copied:
            sources["startup.c"] = startup_code(self.board, where.copied)
        else:
            given.insert(0, self.startup)
        for name, text in sources.items():
            files.write_text(folder / name, text)
        elf = folder / f"{NAME}.elf"
        flags = (*core_flags(self.board), *LANGUAGE_FLAGS, NETWORK_OPTIMIZE, *WARNING_FLAGS, *LINK_FLAGS)
        if placement != DEFAULT:
            flags += ("-Wl,--no-check-sections",)  # what does not fit is told by `misfit`, in words
        includes = [f"-I{path}" for path in (folder, *self.include_folders)]
        inputs = [str(folder / name) for name in sources if name.endswith(".c")]
        inputs += [str(path) for path in given]
        names = ", ".join(sorted({kernel.name for kernel in kernels.values()}))
        self.toolchain.run(
            [*flags, *includes, "-T", str(folder / "link.ld"), "-o", str(elf), *inputs, *LINK_LIBRARIES],
            what=f"building {names} with {placement}",
        )
        return elf


def used_bytes(elf: Path) -> dict[str, int]:
    """Bytes of an image by use, those of the stack as they are kept free for it."""
    image = read_image(elf)
    return {use: image.section_bytes(*names) for use, names in _PARTS.items()} | {"stack": STACK_BYTES}


def misfit(board: Board, placement: str, used: Mapping[str, int]) -> str | None:
    """Why the uses, with their bytes, do not fit into the RAM where `placement` has them; None when they do."""
    where = place(board, used.get("arena", 0), placement)
    for region in board.memory:
        here = {use: size for use, size in used.items() if size and getattr(where, use) is region}
        if region.kind == "ram" and sum(here.values()) > region.size:
            uses = " and ".join(f"{use} ({format_bytes(size)})" for use, size in here.items())
            return f"{region.name} has {format_bytes(region.size)}, too little for {uses}"
    return None
