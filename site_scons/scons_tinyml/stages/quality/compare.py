"""Runs of a quantized network and of its float version on the same samples, layer beside layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.quality import LayerQuality
from scons_tinyml.stages.graph.ir import Graph, LayerView, Tensor
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.tflite.objects import unpacked
from scons_tinyml.stages.litert import AnyOracle, oracle_for
from scons_tinyml.stages.oracle import Oracle, new_parts
from scons_tinyml.stages.progress import progress
from scons_tinyml.stages.quality.causes import Figures, cause_of
from scons_tinyml.stages.quality.outputs import Noise, OutputFigures, real
from scons_tinyml.stages.quality.weights import weight_quality
from scons_tinyml.stages.quantize.pairs import CONVERSIONS, pairs
from scons_tinyml.stages.quantize.sequences import calls
from scons_tinyml.stages.segments import between, segment_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from scons_tinyml.stages.samples import FloatArray

    Array = npt.NDArray[Any]
    Trace = Mapping[int, Array]


@dataclass(frozen=True)
class Version:
    """A version of a network: its graph, and its file for the oracle. Numbers in the file are those of the graph."""

    graph: Graph
    tflite: bytes


def compare(
    quantized: Version, original: Version | None, samples: Sequence[FloatArray]
) -> tuple[LayerQuality, ...]:
    """Return the figures of the layers of `quantized`; `samples` holds the samples of each input.

    Without `original`, the float version, they are those of the integers alone. Every sample begins with a state of 0.
    Raises UnsupportedError when the oracle cannot run a network.
    """
    found = pairs(quantized.graph, original.graph) if original else {}
    layers = [_Layer(view, found.get(view.layer.index)) for view in quantized.graph.views()]
    alone = _Alone(original) if original and not original.graph.has_state else None
    runs = [_Runs(one) for one in (quantized, original) if one]
    with progress("quality", len(samples[0])) as advance:
        for sample in zip(*samples, strict=True):
            for traces in zip(*(run.traces(sample) for run in runs), strict=True):
                for layer in layers:
                    layer.add(traces[0], traces[1] if original else None, alone)
            advance()
    return tuple(layer.record() for layer in layers)


class _Runs:
    """Traces of one version; the oracle of one without state is kept."""

    def __init__(self, version: Version) -> None:
        self._version = version
        self._kept: AnyOracle | None = None

    def traces(self, sample: Sequence[FloatArray]) -> Iterator[Trace]:
        """Yield the activations of each call of one sample, by number in the file."""
        graph = self._version.graph
        if self._kept is None or graph.has_state:
            self._kept = oracle_for(self._version.tflite)
        tensors: list[Tensor] = [graph.tensors[index] for index in graph.inputs]
        rows = [calls(values, tensor) for values, tensor in zip(sample, tensors, strict=True)]
        for inputs in zip(*rows, strict=True):
            yield self._kept.trace(inputs)


class _Layer:
    """A layer of the quantized network, and its float layer where it has one."""

    def __init__(self, view: LayerView, original: LayerView | None) -> None:
        self._view = view
        self._original = original
        self._output = view.output()
        self._figures = OutputFigures(self._output)
        self._own = Noise()

    def add(self, quantized: Trace, original: Trace | None, alone: _Alone | None) -> None:
        """Add the output in a trace of each version."""
        found = quantized.get(self._output.file_index)
        if found is None or not self._has_reals or not found.size:
            return
        before = None
        if original is not None and self._original is not None:
            before = original.get(self._original.output().file_index)
        self._figures.add(found, before)
        if alone is not None and self._original is not None and self._view.layer.operator not in CONVERSIONS:
            expected = alone.output(self._original, self._inputs(quantized))
            if expected is not None:
                self._own.add(expected.reshape(found.shape), real(found, self._output))

    def record(self) -> LayerQuality:
        """Return all figures."""
        view, snr, own = self._view, self._figures.noise.db(), self._own.db()
        activations = self._figures.record()
        weights = weight_quality(view, self._original)
        cause = None
        if snr is not None and activations is not None:
            cause = cause_of(Figures(snr, own, activations, weights))
        return LayerQuality(
            layer=view.layer.index,
            name=view.layer.name,
            operator=view.layer.operator,
            type=self._output.type,
            float_layer=self._original.layer.name if self._original else None,
            weights=weights,
            activations=activations,
            snr_db=snr,
            own_snr_db=own,
            cause=cause,
        )

    @property
    def _has_reals(self) -> bool:
        return self._output.type == "float32" or self._output.quantization is not None

    def _inputs(self, trace: Trace) -> list[Array | None]:
        """Return the real values of the inputs, None for constants and absent ones."""
        tensors = (self._view.optional_input(place) for place in range(len(self._view.layer.inputs)))
        return [
            real(trace[tensor.file_index], tensor) if tensor and tensor.file_index in trace else None
            for tensor in tensors
        ]


class _Alone:
    """Layers of the float network as networks of their own, for TensorFlow Lite Micro."""

    def __init__(self, original: Version) -> None:
        self._model = unpacked(original.tflite)
        self._parts = new_parts()
        self._made: dict[int, Oracle | None] = {}

    def output(self, view: LayerView, inputs: Sequence[Array | None]) -> Array | None:
        """Return the layer's first output for real `inputs`; None where it does not run alone."""
        import numpy as np

        tensors = [view.optional_input(place) for place in range(len(view.layer.inputs))]
        given = {
            tensor.file_index: (tensor, value)
            for tensor, value in zip(tensors, inputs, strict=False)
            if tensor is not None and tensor.is_activation
        }
        if any(value is None or tensor.type != "float32" for tensor, value in given.values()) or not given:
            return None
        oracle = self._oracle(view, tuple(given))
        if oracle is None:
            return None
        values = [np.asarray(value, np.float32).reshape(tensor.shape) for tensor, value in given.values()]
        return oracle.run(values)[0]

    def _oracle(self, view: LayerView, inputs: Sequence[int]) -> Oracle | None:
        place = view.layer.index
        if place not in self._made:
            self._made[place] = self._new(view, inputs)
        return self._made[place]

    def _new(self, view: LayerView, inputs: Sequence[int]) -> Oracle | None:
        operator = find_operator(view.layer.operator)
        if operator is None or operator.is_judged_by_litert(view):
            return None
        target = view.output().file_index
        places = between(self._model, inputs, [target])
        if not places:
            return None
        operators = [self._model.subgraphs[0].operators[one] for one in places]
        return Oracle(segment_of(self._model, operators, inputs, [target]), part=next(self._parts))
