"""Keys of the cost database for a layer with a kernel on a board."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scons_tinyml.costs.key import CostKey, ProofKey, canonical_attributes, canonical_json
from scons_tinyml.costs.memory import memory_text
from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.records.board import Board
from scons_tinyml.records.kernel import Kernel, KernelSet, read_kernel_set
from scons_tinyml.records.placement import DEFAULT, placements
from scons_tinyml.stages.firmware.sources import source_digest
from scons_tinyml.stages.firmware.toolchain import (
    LANGUAGE_FLAGS,
    LINK_FLAGS,
    NETWORK_OPTIMIZE,
    Toolchain,
    core_flags,
)
from scons_tinyml.stages.graph.ir import Graph, LayerView
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.measure.sample import Sample


@dataclass(frozen=True)
class KernelSources:
    """The kernel sets of a build: declarations, folders of their sources, folders of headers."""

    folder: Path
    sets: Mapping[str, KernelSet]
    kernels: tuple[Kernel, ...]
    externals: Mapping[str, Path]

    @classmethod
    def read(cls, folder: Path, externals: Mapping[str, Path]) -> KernelSources:
        """The sets in `folder`; `externals` has the sources from elsewhere, by set. Raises RecordError."""
        found = [read_kernel_set(path.parent) for path in sorted(folder.glob("*/set.toml"))]
        return cls(
            folder=folder.resolve(),
            sets={kernel_set.name: kernel_set for kernel_set, _ in found},
            kernels=tuple(kernel for _, kernels in found for kernel in kernels),
            externals={name: path.resolve() for name, path in externals.items()},
        )

    @property
    def include_folders(self) -> tuple[Path, ...]:
        """Where our headers and those of the external sources are."""
        external = (
            self.externals[name] / path
            for name in self.externals
            for path in self.sets[name].external_include
        )
        return (self.folder / "include", *external)

    def files(self, kernel: Kernel) -> tuple[Path, ...]:
        """All C files of `kernel`."""
        own = [self.folder / kernel.set_name / name for name in kernel.sources]
        foreign = [self.externals[kernel.set_name] / name for name in kernel.external_sources]
        return (*own, *foreign)


def external_folders(text: str) -> dict[str, Path]:
    """Folders of external sources by kernel set, from 'cmsis_nn=build/...,...' of a command line."""
    pairs = (item.partition("=") for item in text.split(",") if item)
    return {name: Path(folder) for name, _, folder in pairs}


DECLARED = ""
"""The field `code_digest` of kernels that are declared: all of their code is in their sources."""


class Identity:
    """Makes keys; what does not depend on the layer is computed once."""

    def __init__(self, board: Board, toolchain: Toolchain, sources: KernelSources, oracle: str) -> None:
        self._board = board
        self._sources = sources
        self._oracle = oracle
        self._compiler = compiler_text(board, toolchain)
        self._timing_version = timing_for(board.core).version
        self._memories = {found.name: memory_text(board, found) for found in placements(board)}
        self._digests = {
            kernel.name: source_digest(sources.files(kernel), sources.include_folders)
            for kernel in sources.kernels
        }

    def cost(self, view: LayerView, kernel: Kernel, placement: str = DEFAULT) -> CostKey:
        """Key of the cycles of `kernel` on the layer of `view`, with everything where `placement` has it."""
        operator = find_operator(view.layer.operator)
        assert operator is not None
        return CostKey(
            operator=operator.computation(view),
            number_type=kernel.type,
            attributes=canonical_attributes(operator.attributes(view)),
            kernel=kernel.name,
            kernel_digest=self._digests[kernel.name],
            code_digest=DECLARED,
            compiler=self._compiler,
            flags=self._flags(kernel),
            core=self._board.core_name,
            memory=self._memories[placement],
            evidence="emulator",
            timing_version=self._timing_version,
        )

    def proof(self, layer: str, kernel: Kernel) -> ProofKey:
        """Key of the comparison of `kernel` with the oracle on a layer with the digest `layer`."""
        return ProofKey(
            layer_digest=layer,
            kernel=kernel.name,
            kernel_digest=self._digests[kernel.name],
            code_digest=DECLARED,
            compiler=self._compiler,
            flags=self._flags(kernel),
            core=self._board.core_name,
            oracle=self._oracle,
        )

    def _flags(self, kernel: Kernel) -> str:
        return flags_text(self._board, self._sources.sets[kernel.set_name])


def compiler_text(board: Board, toolchain: Toolchain) -> str:
    """The field `compiler`: version, what really compiles, and the libraries that the core is linked with."""
    return toolchain.linked_identity(core_flags(board))


def flags_text(board: Board, kernel_set: KernelSet) -> str:
    """The field `flags` of all kernels of a set."""
    network = f"network {NETWORK_OPTIMIZE}"
    return " ".join((*core_flags(board), *LANGUAGE_FLAGS, *LINK_FLAGS, network, kernel_set.optimize))


def layer_digest(graph: Graph, samples: tuple[Sample, ...]) -> str:
    """SHA-256 of a network of one layer, its constants and the samples that it is tried on; names do not count."""
    layer = graph.layers[0]
    digest = hashlib.sha256(canonical_json([layer.operator, dict(layer.options)]).encode())
    digest.update(repr((layer.inputs, layer.outputs)).encode())
    for tensor in graph.tensors:
        digest.update(repr((tensor.shape, tensor.type, tensor.quantization)).encode())
        digest.update(b"" if tensor.data is None else tensor.data)
        digest.update(b"" if tensor.state is None else b"state" + tensor.state)
    for sample in samples:
        for data in (*sample.inputs, *sample.outputs):
            digest.update(data)
    return digest.hexdigest()
