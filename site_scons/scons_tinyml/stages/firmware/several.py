"""Stage: sources that several networks of a firmware have together.

python -m scons_tinyml.stages firmware.several --graph A.json --graph B.json --constants A.bin --constants B.bin
    --plan A.plan --plan B.plan --board B.toml --main main.c --linker-script link.ld
    [--arena shared --shared-arena arena.c]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scons_tinyml.records.board import Board, read_board
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.placement import place
from scons_tinyml.stages import files
from scons_tinyml.stages.codegen.names import c_identifier, port_names
from scons_tinyml.stages.firmware.render import arena_code, linker_script, main_code
from scons_tinyml.stages.firmware.requests import SeveralRequest
from scons_tinyml.stages.graph.files import read_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.memory import MemoryPlan
from scons_tinyml.stages.plan.record import read_plan

MAIN, SCRIPT, ARENA = "main.c", "link.ld", "tinyml_arena.c"
"""Names of the files."""


def firmware_texts(
    board: Board, networks: Sequence[tuple[Graph, MemoryPlan]], arena: str = "own"
) -> dict[str, str]:
    """Return the text of each file, by name, that `networks` have together in a firmware.

    Raises InputError for networks whose names clash.
    """
    require_distinct([graph for graph, _ in networks])
    memories = [memory for _, memory in networks]
    arena_bytes = firmware_arena_bytes(memories, arena)
    texts = {
        MAIN: main_code({c_identifier(graph.name): graph.has_state for graph, _ in networks}),
        SCRIPT: linker_script(board, place(board, arena_bytes)),
    }
    return texts | ({ARENA: arena_code(arena_bytes)} if arena == "shared" else {})


def firmware_arena_bytes(memories: Sequence[MemoryPlan], arena: str) -> int:
    """Return the bytes of all arenas: the largest one's where they share it, else their sum."""
    sizes = [memory.arena_bytes for memory in memories]
    return max(sizes) if arena == "shared" else sum(sizes)


def require_distinct(graphs: Sequence[Graph]) -> None:
    """Raise InputError for two networks with a file, a function or a macro of one name, whatever its case."""
    owners: dict[str, int] = {}
    for position, graph in enumerate(graphs):
        for name in map(str.lower, _names(graph)):
            other = owners.setdefault(name, position)
            if other != position:
                raise InputError(
                    f"the networks '{graphs[other].name}' and '{graph.name}' would both have '{name}' in C",
                    key="networks",
                    hint="give one of them another name: that of its folder or file",
                )


def _names(graph: Graph) -> Iterator[str]:
    prefix = c_identifier(graph.name)
    yield from (f"{prefix}{suffix}" for suffix in (".h", ".c", "_weights.h", "_weights.c"))
    yield from (f"{prefix}{suffix}" for suffix in ("_kernels.h", "_kernels.c"))
    yield from (f"{prefix}_{what}" for what in ("invoke", "reset", "arena", "arena_bytes", "state_bytes"))
    directions: Mapping[str, tuple[Sequence[int], Sequence[str]]] = {
        "input": (graph.inputs, graph.input_names),
        "output": (graph.outputs, graph.output_names),
    }
    for direction, (indices, names) in directions.items():
        for port in port_names(direction, len(indices), names):
            yield f"{prefix}_{port}"
            yield from (f"{prefix}_{port}_{what}" for what in _MACROS)


_MACROS = ("shape", "rank", "elements", "bytes", "scale", "zero_point")


def main(request: SeveralRequest[Path]) -> None:
    """Generate all files, then write them."""
    graphs = [read_graph(*pair) for pair in zip(request.graph, request.constants, strict=True)]
    memories = [read_plan(path).memory for path in request.plan]
    texts = firmware_texts(read_board(request.board), list(zip(graphs, memories, strict=True)), request.arena)
    files.write_text(request.main, texts[MAIN])
    files.write_text(request.linker_script, texts[SCRIPT])
    if request.shared_arena is not None:
        files.write_text(request.shared_arena, texts[ARENA])
