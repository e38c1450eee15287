"""Samples of each layer: inputs and outputs that the oracle computed on samples of the network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.stages.graph.ir import STATE_MOVES, Graph, LayerView, Tensor
from scons_tinyml.stages.litert import oracle_for
from scons_tinyml.stages.measure.sample import Sample
from scons_tinyml.stages.plan.lifetimes import activations, alias_source
from scons_tinyml.stages.samples import network_inputs

if TYPE_CHECKING:
    from scons_tinyml.stages.oracle_child import Array

SAMPLES_PER_LAYER = 2


def layer_samples(graph: Graph, tflite: Path, samples: Path) -> tuple[dict[int, tuple[Sample, ...]], str]:
    """Return samples of every layer with a call, by its index, and the name and version of the oracle."""
    oracle = oracle_for(tflite.read_bytes(), tflite)
    traces = [oracle.trace(inputs) for inputs in network_inputs(graph, samples, SAMPLES_PER_LAYER)]
    found = {
        view.layer.index: tuple(_sample(view, trace) for trace in traces)
        for view in graph.views()
        if alias_source(graph, view.layer) is None
    }
    return found, oracle.name


def _sample(view: LayerView, trace: Mapping[int, Array]) -> Sample:
    """Return the layer's inputs and outputs; inputs are those of the one-layer network, each tensor once."""
    tensors, layer = view.graph.tensors, view.layer
    if layer.operator in STATE_MOVES:
        (copied,) = activations(view.graph, (*layer.inputs, *layer.outputs))
        data = values_of(tensors[copied], trace).tobytes()
        return Sample((data,), (data,))
    inputs = dict.fromkeys(activations(view.graph, layer.inputs))
    return Sample(
        inputs=tuple(values_of(tensors[index], trace).tobytes() for index in inputs),
        outputs=tuple(values_of(tensors[index], trace).tobytes() for index in layer.outputs),
    )


def values_of(tensor: Tensor, trace: Mapping[int, Array]) -> Array:
    """Return the values of `tensor` in a trace of the oracle, which has all rows and channels of the file."""
    found = trace[tensor.file_index]
    if tensor.file_rows is not None:
        found = found[:, slice(*tensor.file_rows)]
    return found if tensor.file_channels is None else found[..., list(tensor.file_channels)]
