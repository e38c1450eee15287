"""Images that measure: a layer alone, or a whole network, as the firmware will have it.

They are made by the same code generator, linker script and start-up code as the firmware, so that a layer alone meets
flash and RAM as it will there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scons_tinyml.records.board import Board
from scons_tinyml.records.placement import DEFAULT, place
from scons_tinyml.records.units import format_bytes
from scons_tinyml.stages.firmware.image import ImageBuilder, network_texts
from scons_tinyml.stages.firmware.sizes import read_image
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.implementation import Implementation
from scons_tinyml.stages.plan.choose import STACK_BYTES
from scons_tinyml.stages.plan.memory import MemoryPlan

NAME = "bench"
_PARTS = {"code": (".text",), "weights": (".rodata",), "data": (".data", ".bss"), "arena": (".arena",)}


def build_image(
    builder: ImageBuilder,
    graph: Graph,
    memory: MemoryPlan,
    implementations: Mapping[int, Implementation],
    placement: str = DEFAULT,
) -> Path:
    """The image of `graph` for `placement`, its C names beginning with NAME."""
    texts = network_texts(builder.board, graph, memory, implementations, NAME, placement)
    # Sections that overlap are told by `misfit`, in words.
    flags = () if placement == DEFAULT else ("-Wl,--no-check-sections",)
    return builder.build(texts, NAME, flags)


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
