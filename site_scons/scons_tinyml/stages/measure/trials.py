"""What there is to measure of a network: each kernel that may run a layer, in each placement. Nothing runs here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scons_tinyml.costs.key import CostKey, ProofKey
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.records.placement import DEFAULT
from scons_tinyml.stages.firmware.objects import KernelObjects
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.measure.identity import Identity, layer_digest
from scons_tinyml.stages.measure.sample import Sample
from scons_tinyml.stages.plan.candidates import Applicability


@dataclass(frozen=True)
class Trial:
    """A kernel that may run a layer, with the keys under which its cost in a placement and its proof are kept."""

    layer: int
    kernel: Kernel
    scratch_bytes: int
    placement: str
    """Name of one of `placements(board)`."""
    cost_key: CostKey
    proof_key: ProofKey
    """The same in every placement: where things lie changes no byte."""
    object_digest: str
    """Of what the kernel is linked from."""

    @property
    def subject(self) -> tuple[int, str]:
        """What is tried, wherever it lies."""
        return self.layer, self.kernel.name


def list_trials(
    graph: Graph,
    found: Mapping[int, Sequence[Applicability]],
    identity: Identity,
    samples: Mapping[int, tuple[Sample, ...]],
    objects: KernelObjects,
    placements: Sequence[str] = (DEFAULT,),
) -> Iterator[Trial]:
    """Trials of those candidates in `found`, by layer, that can run their layer; all of a placement together."""
    digests = {
        layer: layer_digest(graph.only(graph.layers[layer]), samples[layer])
        for layer, kernels in found.items()
        if kernels
    }
    for placement in placements:
        for layer, kernels in found.items():
            view = graph.view(graph.layers[layer])
            for item in kernels:
                if item.reason is None:
                    yield Trial(
                        layer=layer,
                        kernel=item.kernel,
                        scratch_bytes=item.scratch_bytes,
                        placement=placement,
                        cost_key=identity.cost(view, item.kernel, placement),
                        proof_key=identity.proof(digests[layer], item.kernel),
                        object_digest=objects.digest(item.kernel),
                    )
