"""One layer with one kernel as an image of its own, and what it does in the emulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from scons_tinyml.records.errors import FirmwareFault
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.records.placement import DEFAULT
from scons_tinyml.stages.codegen.constants import kernel_inputs
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.measure.image import NAME, Linker, misfit, used_bytes
from scons_tinyml.stages.measure.sample import Sample
from scons_tinyml.stages.plan.choose import STACK_BYTES
from scons_tinyml.stages.plan.memory import MemoryPlan, plan_memory
from scons_tinyml.stages.run.compare import Difference, difference
from scons_tinyml.stages.run.inference import NetworkImage

GUARD_BYTES = 64
_GUARD = b"\xa5" * GUARD_BYTES


@dataclass(frozen=True)
class BenchJob:
    """One kernel on one layer in one placement: everything that a worker process needs."""

    linker: Linker
    graph: Graph
    kernel: Kernel
    scratch_bytes: int
    samples: tuple[Sample, ...]
    timing: bool
    placement: str = DEFAULT

    @property
    def memory(self) -> MemoryPlan:
        """The arena, with a guard behind the scratch."""
        return plan_memory(self.graph, {0: self.scratch_bytes + GUARD_BYTES})

    def misfit(self) -> str | None:
        """Why there is no room for it; what can be told without an image, that is all but the code."""
        if self.placement == DEFAULT:
            return None
        given = [tensor for _, tensor in kernel_inputs(self.graph.view(self.graph.layers[0])) if tensor]
        weights = sum(tensor.size_bytes for tensor in given if tensor.is_constant)
        used = {"weights": weights, "arena": self.memory.arena_bytes, "stack": STACK_BYTES}
        return misfit(self.linker.board, self.placement, used)


@dataclass(frozen=True)
class BenchResult:
    """Cycles and instructions of the first sample (0 without timing), and the worst difference from the oracle.

    `fault` says what the kernel did that would have stopped the chip, or that it wrote outside of its scratch;
    `misfit` that the image does not fit into the placement, so that nothing ran.
    """

    cycles: int
    instructions: int
    compared_bytes: int
    differing_bytes: int
    max_ulps: int
    fault: str | None = None
    misfit: str | None = None


def run_bench(job: BenchJob) -> BenchResult:
    """Build the image of `job` and run all its samples."""
    memory = job.memory
    with TemporaryDirectory(prefix="tinyml-bench-") as folder:
        elf = job.linker.link(job.graph, memory, {0: job.kernel}, Path(folder), job.placement)
        if job.placement != DEFAULT and (told := misfit(job.linker.board, job.placement, used_bytes(elf))):
            return BenchResult(0, 0, 0, 0, 0, misfit=told)
        try:
            return _run(job, memory, elf)
        except FirmwareFault as fault:
            return BenchResult(0, 0, 0, 0, 0, fault=str(fault))


def _run(job: BenchJob, memory: MemoryPlan, elf: Path) -> BenchResult:
    image = NetworkImage(job.linker.board, elf, NAME, job.graph, memory.offsets, timing=job.timing)
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
