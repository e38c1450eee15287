"""Stage: make networks with other types in the layers that lose most, and evaluate each.

python -m scons_tinyml.stages quality.alternatives --quality quality.json --tflite int8.tflite --float float.tflite
    --data data.npz --samples samples.npz --alternatives alternatives.json --networks 0.tflite --networks 1.tflite ...
    --count 256 --named model.toml
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import InputError, MissingExtra
from scons_tinyml.records.model import Model
from scons_tinyml.records.quality import Alternative, Alternatives
from scons_tinyml.stages.data.file import read_data
from scons_tinyml.stages.data.labelled import LabelledSamples
from scons_tinyml.stages.files import write_bytes, write_json
from scons_tinyml.stages.graph.reader import CanonicalNetwork, read_canonical
from scons_tinyml.stages.litert import oracle_for
from scons_tinyml.stages.progress import progress
from scons_tinyml.stages.quality.outputs import Noise, real
from scons_tinyml.stages.quality.reading import MOST_MACS, macs_of, read_quality, samples_of
from scons_tinyml.stages.quality.request import PLACES, AlternativesRequest
from scons_tinyml.stages.quality.worst import alternatives
from scons_tinyml.stages.quantize.accuracy import evaluated, network_outputs
from scons_tinyml.stages.quantize.described import COMMAND_LINE, described
from scons_tinyml.stages.quantize.integer import Types, quantize_with, representative
from scons_tinyml.stages.quantize.outputs import output_position
from scons_tinyml.stages.quantize.ranges import Range, activation_ranges
from scons_tinyml.stages.quantize.sequences import calls

if TYPE_CHECKING:
    from scons_tinyml.stages.quality.outputs import FloatArray


def main(request: AlternativesRequest[Path]) -> None:
    """Make what can be made, write it and what it is worth; files of all others are empty."""
    if request.float is None:
        absent = read_quality(request.quality).compared_absent
        found = Alternatives(metric_name=None, output_snr_db=None, metric=None, networks=(), absent=absent)
    else:
        found = _tried(request, read_canonical(request.float))
    for place in request.networks[len(found.networks) :]:
        write_bytes(place, b"")
    write_json(request.alternatives, found.model_dump(mode="json"))


def _tried(request: AlternativesRequest[Path], original: CanonicalNetwork) -> Alternatives:
    """Return what other types are worth; nothing where the package that quantizes is not installed."""
    try:
        return _Trials(request, original).run()
    except MissingExtra as error:
        absent = "; ".join(filter(None, (error.problem, error.hint)))
        return Alternatives(metric_name=None, output_snr_db=None, metric=None, networks=(), absent=absent)


@dataclass(frozen=True)
class _Worth:
    """Outputs of a network beside those of the float one, and its first metric."""

    output_snr_db: float | None
    metric: float | None


class _Trials:
    """The float network, with all that its other versions are compared on."""

    def __init__(self, request: AlternativesRequest[Path], original: CanonicalNetwork) -> None:
        self._request = request
        self._original = original
        self._named = request.named
        self._model = described(request.model)
        self._samples, _ = samples_of(request.data, request.samples, original.graph)
        self._test = _test(request, original)
        self._ranges: Mapping[int, Range] = {}

    def run(self) -> Alternatives:
        """Return what each version is worth, and write it."""
        request, original = self._request, self._original
        splits = read_data(request.data) if request.data else None
        types = Types(request.activations, request.keep_float, request.keep_int16)
        wanted = list(alternatives(read_quality(request.quality).layers, original.graph, types))[:PLACES]
        samples = representative(original.graph, splits, request.count, self._named)
        self._ranges = activation_ranges(original.tflite, original.graph, samples, self._named)
        expected = self._outputs(original)
        base = self._worth(request.tflite, read_canonical(request.tflite), expected)
        made = []
        with progress("other types", len(wanted)) as advance:
            for one, place in zip(wanted, request.networks, strict=False):
                made.append(self._tried(one, place, expected))
                advance(", ".join(one.layers) or one.kind)
        return Alternatives(
            metric_name=next(iter(self._model.metrics)) if self._test is not None else None,
            output_snr_db=base.output_snr_db,
            metric=base.metric,
            networks=tuple(made),
            absent=None,
        )

    def _tried(self, one: Alternative, place: Path, expected: Sequence[FloatArray]) -> Alternative:
        types = Types(one.activation_bits, one.keep_float, one.keep_int16)
        try:
            network = quantize_with(self._original, self._ranges, self._named, types)
            write_bytes(place, network.tflite)
            worth = self._worth(place, network, expected)
        except InputError as error:
            write_bytes(place, b"")
            return one.model_copy(update={"absent": error.problem})
        return one.model_copy(update={"output_snr_db": worth.output_snr_db, "metric": worth.metric})

    def _worth(self, file: Path, network: CanonicalNetwork, expected: Sequence[FloatArray]) -> _Worth:
        noise = Noise()
        for before, after in zip(expected, self._outputs(network), strict=True):
            noise.add(before, after)
        return _Worth(noise.db(), self._metric(file))

    def _outputs(self, network: CanonicalNetwork) -> list[FloatArray]:
        """Return the real values of the first output of `network` after each sample."""
        oracle, graph = oracle_for(network.tflite), network.graph
        target, found = graph.tensors[graph.outputs[0]], []
        tensors = [graph.tensors[index] for index in graph.inputs]
        for sample in zip(*self._samples, strict=True):
            rows = [calls(values, tensor) for values, tensor in zip(sample, tensors, strict=True)]
            for number, inputs in enumerate(zip(*rows, strict=True)):
                outputs = oracle.run(inputs, go_on=number > 0)
            found.append(real(outputs[0], target))
        return found

    def _metric(self, file: Path) -> float | None:
        if self._test is None:
            return None
        where, model = self._request.model or COMMAND_LINE, self._model
        outputs = network_outputs({"int8": file}, self._test, self._position(model, where))
        name = next(iter(model.metrics))
        return evaluated(outputs, self._test, {name: model.metrics[name]}, where).metrics[0].of_int8

    def _position(self, model: Model, where: Path) -> int:
        graph = self._original.graph
        names = graph.output_names or [graph.tensors[index].name for index in graph.outputs]
        return output_position(names, model.dataset, where)


def _test(request: AlternativesRequest[Path], original: CanonicalNetwork) -> LabelledSamples | None:
    """Return the test split, None without labels, and where all networks on all of it would take minutes."""
    if request.data is None or not described(request.model).metrics:
        return None
    splits = read_data(request.data)
    work = len(splits.test) * macs_of(original.graph) * PLACES
    return splits.test if len(splits.test) and work <= 2 * MOST_MACS else None
