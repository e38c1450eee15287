"""Trials of a network: each implementation of each layer, in each placement. Nothing runs here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scons_tinyml.costs.key import CostKey, ProofKey
from scons_tinyml.records.placement import DEFAULT
from scons_tinyml.stages.firmware.objects import KernelObjects
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.lowering.implementation import Implementation, Lowered, implementations
from scons_tinyml.stages.measure.identity import Identity, layer_digest
from scons_tinyml.stages.measure.sample import Sample


@dataclass(frozen=True)
class Trial:
    """An implementation of a layer, with the keys of its cost in a placement and of its proof."""

    layer: int
    kernel: str
    """Name of the implementation."""
    item: Implementation = field(compare=False, repr=False)
    placement: str
    """Name of one of `placements(board)`."""
    cost_key: CostKey
    proof_key: ProofKey
    """The same in every placement, which must not change the output."""
    object_digest: str
    """Digest of the objects that the kernel is linked from."""

    def __str__(self) -> str:
        return f"{self.kernel} on layer {self.layer}, {self.placement}"

    @property
    def subject(self) -> tuple[int, str]:
        """Layer and kernel, the same in all placements."""
        return self.layer, self.kernel


def list_trials(
    graph: Graph,
    lowered: Mapping[int, Sequence[Lowered]],
    identity: Identity,
    samples: Mapping[int, tuple[Sample, ...]],
    objects: KernelObjects,
    placements: Sequence[str] = (DEFAULT,),
) -> Iterator[Trial]:
    """Yield trials of the implementations in `lowered`, by layer; all of a placement together.

    Variants are tried in the placement of builds alone.
    """
    digests = {
        layer: layer_digest(graph.only(graph.layers[layer]), samples[layer])
        for layer, items in lowered.items()
        if items
    }
    for placement in placements:
        for layer, items in lowered.items():
            view = graph.view(graph.layers[layer])
            for item in implementations(items):
                if item.variant_of and placement != DEFAULT:
                    continue
                yield Trial(
                    layer=layer,
                    kernel=item.name,
                    item=item,
                    placement=placement,
                    cost_key=identity.cost(view, item, placement),
                    proof_key=identity.proof(digests[layer], item),
                    object_digest=objects.digest(item),
                )
