"""Images for measuring: a layer alone, or a whole network, as in the firmware.

Code generator, linker script and start-up code are those of the firmware, so that a layer alone finds the
same flash and RAM.
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
    """Build the image of `graph` for `placement`; its C names begin with NAME."""
    texts = network_texts(builder.board, graph, memory, implementations, NAME, placement)
    # `misfit` reports overlapping sections in words.
    flags = () if placement == DEFAULT else ("-Wl,--no-check-sections",)
    return builder.build(texts, NAME, flags)


def used_bytes(elf: Path) -> dict[str, int]:
    """Return the bytes of an image by use; the stack counts the bytes kept free for it."""
    image = read_image(elf)
    return {use: image.section_bytes(*names) for use, names in _PARTS.items()} | {"stack": STACK_BYTES}


def misfit(board: Board, placement: str, used: Mapping[str, int], *, grows: bool = False) -> str | None:
    """Return the reason why `used` bytes by use exceed the RAM regions of `placement`; None when they fit.

    With `grows` a region may be too small, as it is in the emulator, unless another one begins behind it.
    """
    where = place(board, used.get("arena", 0), placement)
    for region in board.memory:
        here = {use: size for use, size in used.items() if size and getattr(where, use) is region}
        size = sum(here.values())
        if grows and not any(region.end <= other.origin < region.origin + size for other in board.memory):
            continue
        if region.kind == "ram" and size > region.size:
            uses = " and ".join(f"{use} ({format_bytes(size)})" for use, size in here.items())
            return f"{region.name} has {format_bytes(region.size)}, too little for {uses}"
    return None
