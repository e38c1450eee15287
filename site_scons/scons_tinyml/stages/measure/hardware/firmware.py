"""The C sources of an image that measures many trials, each a layer with a kernel, on a board.

The code of a trial is that of the emulator's bench: the same generator, flags and linker script, so that the cycles
of both can be compared. Constants of a layer are in an image once however many kernels try it, and all trials share
one arena at the address that a bench has.
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
"""Of what measures on the board. Another one makes rows that the old one measured stale."""
PROTOCOL = 1
"""Of the lines that the board sends."""

ARENA = "tinyml_arena"
TEMPLATES = ("bench.c.j2", "trials.c.j2", "trials.h.j2")
_LONGEST_NUMBERS = 200
PREDICTED_BRANCHES = 1024
"""That a Cortex-M7 may remember: no manual says how many, and the timing model assumes as many."""
_PAUSE_TURNS_A_SECOND = 16
"""Turns of the pause between two rounds, for each hertz of the clock: about a fifth of a second."""


@dataclass(frozen=True)
class BoardTrial:
    """A bench of one sample in an image with others."""

    layer: int
    bench: LayerBench
    object_digest: str
    """Of the objects that the kernel is linked from."""

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
        """Names that it has in common with others: constants of the layer, a function that was generated, the arena."""
        return Shared(
            constants=f"layer_{self.layer}", kernels=f"kernel_{self.bench.item.function}", arena=ARENA
        )


@dataclass(frozen=True)
class _Array:
    """Bytes of a sample in flash: the output of a layer is there once, and is the input of the next."""

    name: str
    data: bytes

    @property
    def lines(self) -> Iterator[str]:
        return array_lines("uint8_t", self.data)


@dataclass(frozen=True)
class _Tensor:
    """What a trial is given, or gives: its bytes, and its place in the arena."""

    array: _Array
    offset: int
    is_float: bool


def network_sources(trial: BoardTrial) -> dict[str, str]:
    """Text of each C file of `trial`, by name. Those of its constants are the same for all kernels of the layer."""
    bench = trial.bench
    return generate(bench.graph, bench.memory, {0: bench.item}, trial.name, trial.shared)


def image_sources(board: Board, trials: Sequence[BoardTrial], digest: str) -> dict[str, str]:
    """Text of the files that an image has beside those of its trials, by name. `digest` is what it calls itself."""
    banner = _banner(board, trials, digest)
    longest = max(len(banner), *(len(trial.kernel) for trial in trials))
    return {
        "trials.h": render(__package__, "trials.h.j2", {"guard_bytes": GUARD_BYTES}),
        "trials.c": render(__package__, "trials.c.j2", _trials(trials, banner)),
        "bench.c": render(__package__, "bench.c.j2", _bench(board, longest + _LONGEST_NUMBERS)),
    }


def arena_bytes(trials: Sequence[BoardTrial]) -> int:
    """Size of the arena that all of `trials` share."""
    return max(trial.bench.memory.arena_bytes for trial in trials)


def image_digest(board: Board, trials: Sequence[BoardTrial], rest: Sequence[bytes]) -> str:
    """What tells an image from all others: 16 digits of a SHA-256 over its sources, and `rest` that it is made of."""
    texts = dict(image_sources(board, trials, ""))
    for trial in trials:
        texts |= network_sources(trial)
    digest = hashlib.sha256(json.dumps(sorted(texts.items())).encode())
    for data in rest:
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()[:16]


def _banner(board: Board, trials: Sequence[BoardTrial], digest: str) -> str:
    """The banner without its end: the firmware adds the number of the round."""
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
        "banner": banner.replace("\\", "\\\\").replace('"', '\\"'),
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
