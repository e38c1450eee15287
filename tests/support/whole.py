"""A whole network as an image, from the `.tflite` file to its outputs in the emulator.

The same stages as a build's, without SCons and without measuring: each layer gets the first reference kernel that can
run it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scons_tinyml.library.workspace import Workspace, compile_kernels
from scons_tinyml.records.board import Board, read_board
from scons_tinyml.stages.codegen.generate import generate
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.litert import oracle_for
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.declared import DeclaredKernels
from scons_tinyml.stages.lowering.implementation import Implementation, implementations
from scons_tinyml.stages.lowering.lower import lower
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure.image import NAME, build_image
from scons_tinyml.stages.plan.check import check_memory
from scons_tinyml.stages.plan.memory import MemoryPlan, plan_memory
from scons_tinyml.stages.quantize.given import random_samples
from scons_tinyml.stages.run.inference import NetworkImage
from scons_tinyml.stages.samples import as_network_input
from support.kernel_calls import KERNELS, KernelFolder

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Whole:
    """The network in a `.tflite` file, to be linked and run in `folder`."""

    tflite: bytes
    folder: Path
    board_name: str = "stm32l4"

    @cached_property
    def graph(self) -> Graph:
        """Network after the reader and the checks."""
        path = self.folder / "whole.tflite"
        path.write_bytes(self.tflite)
        graph = read_tflite(path)
        require_valid(graph, path)
        return graph

    @cached_property
    def board(self) -> Board:
        return read_board(ROOT / "boards" / f"{self.board_name}.toml")

    @cached_property
    def kernels(self) -> dict[int, Implementation]:
        """Implementation of each layer that has a call."""
        declared = DeclaredKernels(KernelFolder(KERNELS / "reference").kernels)
        lowered = lower(self.graph, [declared], Core.of(self.board))
        return {layer: implementations(items)[0] for layer, items in lowered.items()}

    @cached_property
    def memory(self) -> MemoryPlan:
        """Memory plan, which the independent check finds valid."""
        scratch = {layer: item.scratch_bytes for layer, item in self.kernels.items()}
        in_place = [layer for layer, item in self.kernels.items() if item.in_place]
        plan = plan_memory(self.graph, scratch, in_place=in_place)
        assert check_memory(self.graph, scratch, plan, in_place=in_place) == []
        return plan

    @cached_property
    def sources(self) -> dict[str, str]:
        """The generated C by file name."""
        return generate(self.graph, self.memory, self.kernels, NAME)

    @cached_property
    def elf(self) -> Path:
        """The linked image."""
        sources = KernelSources.read([KERNELS]).only(["reference"])
        workspace = Workspace(self.board, sources, find_toolchain(), self.folder, self.folder / "costs")
        builder = compile_kernels(workspace, self.kernels.values())
        return build_image(builder, self.graph, self.memory, self.kernels)

    def image(self) -> NetworkImage:
        """Return the image after its reset, without timing."""
        return NetworkImage(self.board, self.elf, NAME, self.graph, self.memory.offsets, timing=False)

    def samples(self, count: int = 3) -> list[list[bytes]]:
        """Return random inputs."""
        tensors = [self.graph.tensors[index] for index in self.graph.inputs]
        columns = random_samples(self.graph, 1, count).inputs
        return [
            [as_network_input(value, tensor).tobytes() for value, tensor in zip(row, tensors, strict=True)]
            for row in zip(*columns, strict=True)
        ]

    def answers(self, samples: Sequence[Sequence[bytes]]) -> list[tuple[bytes, ...]]:
        """Return the outputs of consecutive calls of the image."""
        image = self.image()
        return [image.infer(sample).outputs for sample in samples]

    def expected(self, samples: Sequence[Sequence[bytes]]) -> list[tuple[bytes, ...]]:
        """Return the oracle's outputs of the same calls."""
        import numpy as np

        oracle = oracle_for(self.tflite)
        tensors = [self.graph.tensors[index] for index in self.graph.inputs]
        return [
            tuple(
                value.tobytes()
                for value in oracle.run(
                    [
                        np.frombuffer(data, tensor.type).reshape(tensor.shape)
                        for data, tensor in zip(sample, tensors, strict=True)
                    ],
                    go_on=position > 0,
                )
            )
            for position, sample in enumerate(samples)
        ]


def assert_calls_build_on_each_other(whole: Whole, count: int, max_ulps: int = 0) -> None:
    """Assert that all `count` calls give the oracle's bytes, and that the state changes the second output.

    Floats may be `max_ulps` apart.
    """
    import numpy as np

    samples = whole.samples(count)
    answers = whole.answers(samples)
    expected = whole.expected(samples)
    if max_ulps:
        pairs = [
            (np.frombuffer(b"".join(call), np.float32) for call in calls) for calls in (answers, expected)
        ]
        for found, wanted in zip(*pairs, strict=True):
            np.testing.assert_array_max_ulp(found, wanted, max_ulps)
    else:
        assert answers == expected
    assert whole.answers(samples[1:2]) != answers[1:2]  # the state makes the difference


def assert_a_reset_forgets(whole: Whole) -> None:
    """Assert that the first call after a reset has the output of the very first call."""
    (sample,) = whole.samples(1)
    image = whole.image()
    first, second = (image.infer(sample).outputs for _ in range(2))
    machine = image.machine
    machine.write(machine.symbol("bench_state_is_set"), bytes(1))
    assert image.infer(sample).outputs == first != second
