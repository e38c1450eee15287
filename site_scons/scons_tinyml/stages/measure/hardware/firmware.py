"""The C sources of an image that measures many trials, each a layer with a kernel, on a board.

The code of a trial is that of the emulator's bench, with the same generator, flags and linker script, so that
both cycle counts are comparable. Constants of a layer are in an image once for all kernels. All trials share
one arena at the address of a bench's arena.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scons_tinyml.records.board import Board
from scons_tinyml.stages.codegen.generate import ALIGNMENT_BYTES, Shared, generate
from scons_tinyml.stages.lowering.literals import array_lines
from scons_tinyml.stages.measure.bench import GUARD_BYTES, LayerBench
from scons_tinyml.stages.templates import render

VERSION = "bench-1"
"""Version of the measuring firmware. A new one makes rows of the old one stale."""
PROTOCOL = 1
"""Version of the format of the board's lines."""

ARENA = "tinyml_arena"
TEMPLATES = ("bench.c.j2", "trials.c.j2", "trials.h.j2")
_LONGEST_NUMBERS = 200
PREDICTED_BRANCHES = 1024
"""Branches that a Cortex-M7 is assumed to remember, as in the timing model; no manual gives a number."""
_PAUSE_TURNS_A_SECOND = 16
"""Iterations of the pause between two rounds, per hertz of the clock: about a fifth of a second."""


@dataclass(frozen=True)
class BoardTrial:
    """A bench of one sample in an image with others."""

    layer: int
    bench: LayerBench
    object_digest: str
    """Digest of the objects that the kernel is linked from."""

    @property
    def kernel(self) -> str:
        """Name of the implementation."""
        return self.bench.item.name

    @property
    def name(self) -> str:
        """Prefix of the C names of this trial."""
        return f"trial_{self.layer}_{self.bench.item.function}"

    @property
    def shared(self) -> Shared:
        """C names shared with other trials: constants of the layer, generated functions, the arena."""
        return Shared(
            constants=f"layer_{self.layer}", kernels=f"kernel_{self.bench.item.function}", arena=ARENA
        )


@dataclass(frozen=True)
class _Array:
    """Bytes of a sample in flash. The output of a layer is stored once and is the input of the next."""

    name: str
    data: bytes

    @property
    def lines(self) -> Iterator[str]:
        return array_lines("uint8_t", self.data)


@dataclass(frozen=True)
class _Tensor:
    """An input or output of a trial: its bytes, and its offset in the arena."""

    array: _Array
    offset: int
    is_float: bool


def network_sources(trial: BoardTrial) -> dict[str, str]:
    """Return the text of each C file of `trial`, by name. Files of constants are the same for all kernels."""
    bench = trial.bench
    return generate(bench.graph, bench.memory, {0: bench.item}, trial.name, trial.shared)


def image_sources(board: Board, trials: Sequence[BoardTrial], digest: str) -> dict[str, str]:
    """Return the text of the files that trials share in an image, by name. The banner contains `digest`."""
    banner = _banner(board, trials, digest)
    longest = max(len(banner), *(len(trial.kernel) for trial in trials))
    return {
        "trials.h": render(__package__, "trials.h.j2", {"guard_bytes": GUARD_BYTES}),
        "trials.c": render(__package__, "trials.c.j2", _trials(trials, banner)),
        "bench.c": render(__package__, "bench.c.j2", _bench(board, longest + _LONGEST_NUMBERS)),
    }


def arena_bytes(trials: Sequence[BoardTrial]) -> int:
    """Return the size of the arena that all of `trials` share."""
    return max(trial.bench.memory.arena_bytes for trial in trials)


def image_digest(board: Board, trials: Sequence[BoardTrial], rest: Sequence[bytes]) -> str:
    """Return an identifier of an image: 16 digits of a SHA-256 of its sources and other content `rest`."""
    texts = dict(image_sources(board, trials, ""))
    for trial in trials:
        texts |= network_sources(trial)
    digest = hashlib.sha256(json.dumps(sorted(texts.items())).encode())
    for data in rest:
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()[:16]


def _banner(board: Board, trials: Sequence[BoardTrial], digest: str) -> str:
    """Return the banner without its end; the firmware appends the number of the round."""
    content = {
        "tinyml_bench": PROTOCOL,
        "firmware": VERSION,
        "image": digest,
        "board": board.name,
        "clock_hz": board.clock,
        "trials": len(trials),
    }
    return json.dumps(content, separators=(",", ":"))[:-1]


def _trials(trials: Sequence[BoardTrial], banner: str) -> dict[str, Any]:
    arrays: dict[bytes, _Array] = {}
    return {
        "banner": banner,
        "alignment_bytes": ALIGNMENT_BYTES,
        "arena_bytes": arena_bytes(trials),
        "trials": [_describe(trial, arrays) for trial in trials],
        "arrays": list(arrays.values()),
    }


def _describe(trial: BoardTrial, arrays: dict[bytes, _Array]) -> dict[str, Any]:
    graph, memory = trial.bench.graph, trial.bench.memory
    (sample,) = trial.bench.samples

    def tensors(indices: Sequence[int], contents: Sequence[bytes]) -> list[_Tensor]:
        return [
            _Tensor(
                array=arrays.setdefault(data, _Array(f"sample_{len(arrays)}", data)),
                offset=memory.offsets[index],
                is_float=graph.tensors[index].type == "float32",
            )
            for index, data in zip(indices, contents, strict=True)
        ]

    return {
        "name": trial.name,
        "kernel": trial.kernel,
        "layer": trial.layer,
        "inputs": tensors(graph.inputs, sample.inputs),
        "outputs": tensors(graph.outputs, sample.outputs),
        "guard_offset": memory.scratch_offsets[0] + trial.bench.item.scratch_bytes,
        "arena_bytes": memory.arena_bytes,
    }


def _bench(board: Board, line_bytes: int) -> dict[str, Any]:
    flash, core = board.flash, board.core_caches
    code = [cache.size for cache in (flash.instruction_cache, flash.unified_cache) if cache]
    data = flash.data_cache.size if flash.data_cache else 0
    values: dict[str, Any] = {
        "line_bytes": line_bytes,
        "core_caches": core,
        "cold_bytes": 2 * max(data, *code, 0),
        "cold_data_bytes": 2 * data,
        "predicted_branches": PREDICTED_BRANCHES,
        "pause_turns": board.clock // _PAUSE_TURNS_A_SECOND,
    }
    if core:
        ways, line = core.data.ways, core.data.line
        values |= {
            "data_sets": core.data.size // line // ways,
            "way_shift": 32 - (ways.bit_length() - 1),
            "set_shift": line.bit_length() - 1,
        }
    return values
