"""Samples of networks that keep state: a sequence of calls, each of which goes on where the one before has ended.

A sample of such a network has one size more than its input: the calls of the sequence. Other samples are one call. The
state is reset before every sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import InputError
from scons_tinyml.stages.graph.ir import Graph, Tensor
from scons_tinyml.stages.samples import as_network_input

if TYPE_CHECKING:
    from scons_tinyml.stages.samples import Array, FloatArray


def single_input(graph: Graph, where: Path) -> Tensor:
    """Return the input of a network that takes samples of a data set. Raises InputError where it has several."""
    if len(graph.inputs) != 1:
        raise InputError(
            f"has {len(graph.inputs)} inputs; samples of a data set are for a network with one", where=where
        )
    return graph.tensors[graph.inputs[0]]


def sample_shape(graph: Graph, sequence: int | None, where: Path) -> tuple[int, ...]:
    """Return the shape of one sample: that of the input without its batch, after the calls of a `sequence`.

    Raises InputError for a sequence of a network without state.
    """
    shape = call_shape(single_input(graph, where))
    if sequence is None:
        return shape
    if not graph.has_state:
        raise InputError(
            "keeps no state between calls, and so takes no sequences of them",
            where=where,
            key="sequence",
            hint="leave it out: each sample is one call",
        )
    return (sequence, *shape)


def calls(sample: FloatArray, tensor: Tensor) -> Sequence[Array]:
    """Return the values of `tensor`, the input, call after call."""
    count = sample.size // max(tensor.elements, 1)
    return [as_network_input(one, tensor) for one in sample.reshape(count, -1)]


def run_sample(oracle: Any, sample: FloatArray, tensor: Tensor) -> list[Array]:
    """Return the outputs of `oracle` after the last call of `sample`, of which the first begins without a past."""
    outputs: list[Array] = []
    for number, values in enumerate(calls(sample, tensor)):
        outputs = oracle.run([values], go_on=number > 0)
    return outputs


def call_shape(tensor: Tensor) -> tuple[int, ...]:
    """Return the shape of an input or output without its batch of 1.

    A first size other than that belongs to the sample.
    """
    return tensor.shape[1:] if tensor.shape[:1] == (1,) else tensor.shape
