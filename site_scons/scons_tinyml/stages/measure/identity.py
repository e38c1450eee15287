"""Keys of the cost database for a layer with a kernel on a board."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from scons_tinyml.costs.key import CostKey, ProofKey, canonical_attributes, canonical_json
from scons_tinyml.costs.memory import memory_text
from scons_tinyml.emulator.timing import timing_for
from scons_tinyml.records.board import Board
from scons_tinyml.records.kernel import KernelSet
from scons_tinyml.records.placement import DEFAULT, fast_code, placements
from scons_tinyml.stages.firmware.sources import header_digest, source_digest
from scons_tinyml.stages.firmware.toolchain import (
    LANGUAGE_FLAGS,
    LINK_FLAGS,
    NETWORK_OPTIMIZE,
    Toolchain,
    core_flags,
    set_flags,
)
from scons_tinyml.stages.graph.ir import Graph, LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.images import one_image
from scons_tinyml.stages.lowering.implementation import GeneratedCode, Implementation
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure.sample import Sample


class Identity:
    """Makes keys; parts that do not depend on the layer are computed once."""

    def __init__(self, board: Board, toolchain: Toolchain, sources: KernelSources, oracle: str) -> None:
        self._board = board
        self._sources = sources
        self._oracle = oracle
        self._compiler = compiler_text(board, toolchain)
        self._timing_version = timing_for(board.core).version
        self._memories = {
            (found.name, weights, code): memory_text(
                board,
                replace(
                    found,
                    weights=found.data if weights else found.weights,
                    code=(fast_code(board) or found.code) if code else found.code,
                ),
            )
            for found in placements(board)
            for weights in (False, True)
            for code in (False, True)
        }
        self._digests = {
            kernel.name: source_digest(sources.files(kernel), sources.include_folders_of(kernel.set_name))
            for kernel in sources.kernels
        }

    def cost(self, view: LayerView, item: Implementation, placement: str = DEFAULT) -> CostKey:
        """Return the key of the cycles of `item` on the layer of `view`, located by `placement`."""
        operator = known_operator(view)
        images = operator.images(view)
        attributes = operator.attributes(one_image(view)) | ({"images": images} if images > 1 else {})
        return CostKey(
            operator=operator.computation(view),
            number_type=operator.number_type(view) or "any",
            attributes=canonical_attributes(attributes),
            kernel=item.name,
            kernel_digest=self._source_digest(item),
            code_digest=item.code_digest,
            compiler=self._compiler,
            flags=self._flags(item),
            core=self._board.core_name,
            memory=self._memories[placement, item.uses_ram_constants, item.in_ram],
            evidence="emulator",
            timing_version=self._timing_version,
        )

    def proof(self, layer: str, item: Implementation) -> ProofKey:
        """Return the key of the comparison of `item` with the oracle on a layer with the digest `layer`."""
        return ProofKey(
            layer_digest=layer,
            kernel=item.base,
            kernel_digest=self._source_digest(item),
            code_digest=item.proof_digest,
            compiler=self._compiler,
            flags=self._flags(item),
            core=self._board.core_name,
            oracle=self._oracle,
        )

    def _source_digest(self, item: Implementation) -> str:
        """Return the digest of the declared C files, or of the headers that generated code includes."""
        if isinstance(item.code, GeneratedCode):
            return header_digest(item.code.text, self._sources.include_folders)
        return self._digests[item.code.kernel.name]

    def _flags(self, item: Implementation) -> str:
        return flags_text(self._board, self._sources.sets[item.set_name])


def compiler_text(board: Board, toolchain: Toolchain) -> str:
    """Return the field `compiler`: version, programs, and the libraries that the core is linked with."""
    return toolchain.linked_identity(core_flags(board))


def flags_text(board: Board, kernel_set: KernelSet) -> str:
    """Return the field `flags` of all kernels of a set."""
    network = f"network {NETWORK_OPTIMIZE}"
    return " ".join(
        (*core_flags(board), *LANGUAGE_FLAGS, *LINK_FLAGS, network, *set_flags(board, kernel_set))
    )


def layer_digest(graph: Graph, samples: tuple[Sample, ...]) -> str:
    """Return the SHA-256 of a one-layer network with its constants and samples; names do not count."""
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
