"""Places of a network's state: in RAM of its own, which nothing else uses.

It has to outlast the call, so that no lifetime lets it share bytes with an activation.
"""

from __future__ import annotations

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.lifetimes import round_up


def state_offsets(graph: Graph, alignment_bytes: int = 16) -> dict[int, int]:
    """Offsets in bytes from the start of the state, by tensor."""
    offsets, end = {}, 0
    for tensor in graph.tensors:
        if tensor.is_state:
            offsets[tensor.index] = end
            end += round_up(tensor.size_bytes, alignment_bytes)
    return offsets


def state_bytes(graph: Graph, alignment_bytes: int = 16) -> int:
    """RAM that the state takes, 0 when the network remembers nothing."""
    sizes = (tensor.size_bytes for tensor in graph.tensors if tensor.is_state)
    return sum(round_up(size, alignment_bytes) for size in sizes)
