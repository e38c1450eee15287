"""Places of a network's state, in RAM that nothing else uses.

The state lives longer than a call, so it cannot share bytes with activations.
"""

from __future__ import annotations

from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.plan.lifetimes import round_up


def state_offsets(graph: Graph, alignment_bytes: int = 16) -> dict[int, int]:
    """Return offsets in bytes from the start of the state, by tensor."""
    offsets, end = {}, 0
    for tensor in graph.tensors:
        if tensor.is_state:
            offsets[tensor.index] = end
            end += round_up(tensor.size_bytes, alignment_bytes)
    return offsets


def state_bytes(graph: Graph, alignment_bytes: int = 16) -> int:
    """Return the RAM bytes of the state, 0 when the network has none."""
    sizes = (tensor.size_bytes for tensor in graph.tensors if tensor.is_state)
    return sum(round_up(size, alignment_bytes) for size in sizes)
