"""One layer with one kernel as an image, and its result in the emulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from scons_tinyml.records.errors import FirmwareFault
from scons_tinyml.records.placement import DEFAULT
from scons_tinyml.stages.firmware.image import ImageBuilder
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.implementation import Implementation
from scons_tinyml.stages.measure.calls import CalledKernel
from scons_tinyml.stages.measure.image import NAME, build_image, misfit, used_bytes
from scons_tinyml.stages.measure.sample import Sample
from scons_tinyml.stages.plan.choose import STACK_BYTES
from scons_tinyml.stages.plan.memory import MemoryPlan, plan_memory
from scons_tinyml.stages.run.compare import Difference, difference
from scons_tinyml.stages.run.inference import NetworkImage

GUARD_BYTES = 64
_GUARD = b"\xa5" * GUARD_BYTES


@dataclass(frozen=True)
class LayerBench:
    """An implementation on a network of its layer alone, with the samples for its runs."""

    graph: Graph
    item: Implementation
    samples: tuple[Sample, ...]

    @cached_property
    def memory(self) -> MemoryPlan:
        """Offsets in the arena, with a guard behind the scratch."""
        return plan_memory(self.graph, {0: self.item.scratch_bytes + GUARD_BYTES})

    @property
    def compared_bytes(self) -> int:
        """Bytes of all outputs of all samples."""
        return sum(len(output) for sample in self.samples for output in sample.outputs)


@dataclass(frozen=True)
class BenchJob:
    """A bench in one placement: everything that a worker process needs."""

    bench: LayerBench
    builder: ImageBuilder
    timing: bool
    placement: str = DEFAULT

    def misfit(self) -> str | None:
        """Return the reason why it does not fit, estimated without an image, so without its code.

        Only weights that a variant has in RAM are refused where all has its default place: a budget judges the others.
        """
        item, is_default = self.bench.item, self.placement == DEFAULT
        if is_default and not item.uses_ram_constants:
            return None
        weights = sum(len(constant.data) for constant in item.constants if constant.in_ram or not is_default)
        used = {"data" if is_default else "weights": weights}
        used |= {"arena": self.bench.memory.arena_bytes, "stack": STACK_BYTES}
        return misfit(self.builder.board, self.placement, used)


@dataclass(frozen=True)
class BenchResult:
    """Cycles and instructions of the first sample (0 without timing), and the largest error of all samples.

    `fault` describes an error of the kernel that would have stopped the chip, a write to memory that is not its own,
    or a register that it does not restore. `misfit` is the reason why the image does not fit into the placement; then
    nothing ran.
    """

    cycles: int
    instructions: int
    compared_bytes: int
    differing_bytes: int
    max_ulps: int
    fault: str | None = None
    misfit: str | None = None


def run_bench(job: BenchJob) -> BenchResult:
    """Build the image of `job` and run all its samples. Errors of the firmware become a `fault`."""
    bench, board = job.bench, job.builder.board
    with TemporaryDirectory(prefix="tinyml-bench-") as folder:
        builder = replace(job.builder, folder=Path(folder))
        elf = build_image(builder, bench.graph, bench.memory, {0: bench.item}, job.placement)
        grows = job.placement == DEFAULT  # a budget judges what is too large there
        if reason := misfit(board, job.placement, used_bytes(elf), grows=grows):
            return BenchResult(0, 0, 0, 0, 0, misfit=reason)
        try:
            return _run(job, elf)
        except FirmwareFault as fault:
            return BenchResult(0, 0, 0, 0, 0, fault=str(fault))


def _run(job: BenchJob, elf: Path) -> BenchResult:
    bench, memory = job.bench, job.bench.memory
    image = NetworkImage(job.builder.board, elf, NAME, bench.graph, memory.offsets, timing=job.timing)
    guard = image.arena + memory.scratch_offsets[0] + bench.item.scratch_bytes
    types = [bench.graph.tensors[index].type for index in bench.graph.outputs]
    image.machine.write(guard, _GUARD)
    first, *others = bench.samples
    runs = [image.infer(first.inputs), *(image.infer(sample.inputs) for sample in others[:-1])]
    # The run of the last sample is watched; what is timed is the first one, undisturbed.
    kernel, faults = CalledKernel(bench.graph, bench.item, memory, image.arena), list[str | None]()
    watched = image.infer(bench.samples[-1].inputs, lambda: faults.append(kernel.follow(image.machine)))
    runs += [watched] if others else []
    (fault,) = faults
    if image.machine.read(guard, GUARD_BYTES) != _GUARD:
        fault = f"writes beyond the {bench.item.scratch_bytes} bytes of scratch that it declares"
    differences = [
        difference(actual, expected, element_type)
        for run, sample in zip(runs, bench.samples, strict=True)
        for actual, expected, element_type in zip(run.outputs, sample.outputs, types, strict=True)
    ]
    return BenchResult(
        cycles=runs[0].cycles,
        instructions=runs[0].instructions,
        compared_bytes=bench.compared_bytes,
        differing_bytes=_total(differences),
        max_ulps=max(found.max_ulps for found in differences),
        fault=fault,
    )


def _total(differences: Sequence[Difference]) -> int:
    return sum(found.differing_bytes for found in differences)
