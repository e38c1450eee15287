"""Stage: evaluate the versions of a network on the test split, with the oracle: the metrics of a model.

python -m scons_tinyml.stages quantize.evaluate --model models/NAME/model.toml --float IN.tflite --int8 IN.tflite
    --data IN.npz --accuracy OUT.json --judged OUT.json

A verdict reads the result, so every project evaluates for itself, though its networks may come from a shared CacheDir.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.quality import Version
from scons_tinyml.stages.data.file import read_data
from scons_tinyml.stages.data.labelled import LabelledSamples, output_of
from scons_tinyml.stages.files import file_sha256, write_json
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.quantize.accuracy import evaluated, network_outputs
from scons_tinyml.stages.quantize.described import COMMAND_LINE, described
from scons_tinyml.stages.quantize.judged import judge
from scons_tinyml.stages.quantize.outputs import output_position
from scons_tinyml.stages.quantize.requests import AccuracyRequest

_VERSIONS: Mapping[str, Version] = {"float": "float", "int8": "quantized"}


def main(request: AccuracyRequest[Path]) -> None:
    """Run the networks on the test split and write their metrics."""
    model, where, splits = described(request.model), request.model or COMMAND_LINE, read_data(request.data)
    networks = _networks(request)
    graph = read_tflite(next(iter(networks.values())))
    names = graph.output_names or [graph.tensors[index].name for index in graph.outputs]
    output = output_position(names, model.dataset, where)
    _check(graph, output, splits.test, where)
    outputs = network_outputs(networks, splits.test, output)
    accuracy = evaluated(outputs, splits.test, model.metrics, where, overlap=splits.overlap)
    write_json(request.accuracy, accuracy.to_json())
    digests = {_VERSIONS[name]: file_sha256(path) for name, path in networks.items()}
    found = judge({_VERSIONS[name]: one for name, one in outputs.of.items()}, splits.test, digests)
    write_json(request.judged, found.model_dump(mode="json"))


def _networks(request: AccuracyRequest[Path]) -> Mapping[str, Path]:
    """Return the files of the versions by their type, 'float' and 'int8'."""
    if request.given is not None:
        is_float = read_tflite(request.given).quantization == "float"
        return {"float" if is_float else "int8": request.given}
    found = {"float": request.float, "int8": request.int8}
    return {name: file for name, file in found.items() if file is not None}


def _check(graph: Graph, output: int, test: LabelledSamples, where: Path) -> None:
    """Raise InputError for labels that the network has no outputs for."""
    tensor, wanted = graph.tensors[graph.outputs[output]], output_of(test)
    if isinstance(wanted, int) and test.classes and wanted > tensor.elements:
        raise InputError(
            f"the test samples have {wanted} classes, up to {test.classes[-1]!r}; "
            f"the network gives {tensor.elements}",
            where=where,
            key="test",
        )
    if not test.classes and test.labels[0].size != tensor.elements:
        raise InputError(
            f"the test samples have {test.labels[0].size} values each; the network gives {tensor.elements}",
            where=where,
            key="test",
        )
