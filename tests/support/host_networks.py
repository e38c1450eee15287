"""Whole networks, layer by layer through kernels that are compiled for this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.graph.ir import Graph, Layer
from scons_tinyml.stages.plan.lifetimes import alias_source
from support.cases import Case
from support.host_kernels import HostLibrary
from support.kernel_calls import admits, kernels_of

Array = NDArray[np.generic]


def run_network(
    graph: Graph, inputs: Sequence[Array], library: HostLibrary, kernels: Sequence[Kernel]
) -> dict[int, Array]:
    """Return every activation of the network by its index; each layer is run by the first of `kernels` that can."""
    known = dict(zip(graph.inputs, inputs, strict=True))
    for layer in graph.layers:
        case = case_of(graph, layer, known)
        found = [moved(case)] if has_no_call(case) else library.run_all(_first(case, kernels), case)
        known |= zip(layer.outputs, found, strict=True)
    return known


def case_of(graph: Graph, layer: Layer, known: Mapping[int, Array]) -> Case:
    """Return `layer` alone, with its inputs among the activations `known`."""
    read = dict.fromkeys(index for index in layer.inputs if index is not None and index in known)
    return Case(graph.only(layer), tuple(known[index] for index in read))


def has_no_call(case: Case) -> bool:
    """Return whether the layer leaves its input's bytes as they are."""
    return alias_source(case.graph, case.view.layer) is not None


def moved(case: Case) -> Array:
    """Return the output of a layer without a call: its input in another shape."""
    return case.inputs[0].reshape(case.view.output().shape)


def _first(case: Case, kernels: Sequence[Kernel]) -> Kernel:
    return next(found for found in kernels_of(case, kernels) if not found.requires and admits(found, case))
