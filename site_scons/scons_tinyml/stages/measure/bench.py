"""One layer with one kernel as an image of its own, and what it does in the emulator.

The image is made by the same code generator, linker script and start-up code as the whole network, so that a layer
alone meets flash and RAM as it will in the firmware.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from scons_tinyml.records.board import Board
from scons_tinyml.records.errors import FirmwareFault
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages import files
from scons_tinyml.stages.codegen.generate import generate
from scons_tinyml.stages.firmware.layout import place
from scons_tinyml.stages.firmware.render import linker_script, main_code
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
from scons_tinyml.stages.plan.memory import MemoryPlan, plan_memory
from scons_tinyml.stages.run.compare import Difference, difference
from scons_tinyml.stages.run.inference import NetworkImage

NAME = "bench"
GUARD_BYTES = 64
_GUARD = b"\xa5" * GUARD_BYTES


@dataclass(frozen=True)
class Sample:
    """Bytes of a layer's activation inputs and of the outputs that the oracle gave for them."""

    inputs: tuple[bytes, ...]
    outputs: tuple[bytes, ...]


@dataclass(frozen=True)
class BenchJob:
    """One kernel on one layer: everything that a worker process needs."""

    board: Board
    graph: Graph
    kernel: Kernel
    scratch_bytes: int
    samples: tuple[Sample, ...]
    toolchain: Toolchain
    include_folders: tuple[Path, ...]
    link_inputs: tuple[Path, ...]
    timing: bool


@dataclass(frozen=True)
class BenchResult:
    """Cycles and instructions of the first sample (0 without timing), and the worst difference from the oracle.

    `fault` says what the kernel did that would have stopped the chip, or that it wrote outside of its scratch.
    """

    cycles: int
    instructions: int
    compared_bytes: int
    differing_bytes: int
    max_ulps: int
    fault: str | None = None


def run_bench(job: BenchJob) -> BenchResult:
    """Build the image of `job` and run all its samples."""
    memory = plan_memory(job.graph, {0: job.scratch_bytes + GUARD_BYTES})
    with TemporaryDirectory(prefix="tinyml-bench-") as folder:
        elf = _build(job, memory, Path(folder))
        try:
            return _run(job, memory, elf)
        except FirmwareFault as fault:
            return BenchResult(0, 0, 0, 0, 0, fault=str(fault))


def _build(job: BenchJob, memory: MemoryPlan, folder: Path) -> Path:
    sources = generate(job.graph, memory, {0: job.kernel}, NAME)
    sources["main.c"] = main_code(NAME)
    sources["link.ld"] = linker_script(job.board, place(job.board, memory.arena_bytes))
    for name, text in sources.items():
        files.write_text(folder / name, text)
    elf = folder / "bench.elf"
    flags = (*core_flags(job.board), *LANGUAGE_FLAGS, NETWORK_OPTIMIZE, *WARNING_FLAGS, *LINK_FLAGS)
    includes = [f"-I{path}" for path in (folder, *job.include_folders)]
    inputs = [str(folder / name) for name in sources if name.endswith(".c")] + [
        str(p) for p in job.link_inputs
    ]
    script = ["-T", str(folder / "link.ld")]
    job.toolchain.run(
        [*flags, *includes, *script, "-o", str(elf), *inputs, *LINK_LIBRARIES],
        what=f"building {job.kernel.name} alone",
    )
    return elf


def _run(job: BenchJob, memory: MemoryPlan, elf: Path) -> BenchResult:
    image = NetworkImage(job.board, elf, NAME, job.graph, memory.offsets, timing=job.timing)
    guard = image.arena + memory.scratch_offsets[0] + job.scratch_bytes
    types = [job.graph.tensors[index].type for index in job.graph.outputs]
    image.machine.write(guard, _GUARD)
    runs = [image.infer(sample.inputs) for sample in job.samples]
    fault = None
    if image.machine.read(guard, GUARD_BYTES) != _GUARD:
        fault = f"writes beyond the {job.scratch_bytes} bytes of scratch that it declares"
    differences = [
        difference(actual, expected, element_type)
        for run, sample in zip(runs, job.samples, strict=True)
        for actual, expected, element_type in zip(run.outputs, sample.outputs, types, strict=True)
    ]
    return BenchResult(
        cycles=runs[0].cycles,
        instructions=runs[0].instructions,
        compared_bytes=sum(len(output) for sample in job.samples for output in sample.outputs),
        differing_bytes=_total(differences),
        max_ulps=max(found.max_ulps for found in differences),
        fault=fault,
    )


def _total(differences: Sequence[Difference]) -> int:
    return sum(found.differing_bytes for found in differences)
