"""Stage: convert a float Keras network to a float and an int8 `.tflite`.

python -m scons_tinyml.stages quantize --model models/NAME/model.toml --keras IN.keras --float OUT.tflite
    --int8 OUT.tflite --samples OUT.npz [--data IN.npz]

Without a model.toml, or without [dataset] in it, there are no samples for quantization: --int8 is then left
out, and the samples are random. A network of random weights is quantized with
random samples, as its values have no meaning.
"""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.model import Model
from scons_tinyml.stages.data.file import read_data
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits, output_of
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.progress import progress
from scons_tinyml.stages.quantize.convert import convert_float, convert_int8, output_names
from scons_tinyml.stages.quantize.described import COMMAND_LINE, described
from scons_tinyml.stages.quantize.given import random_samples
from scons_tinyml.stages.quantize.labelled import run_samples
from scons_tinyml.stages.quantize.outputs import output_position
from scons_tinyml.stages.quantize.requests import QuantizeRequest
from scons_tinyml.stages.samples import write_samples
from scons_tinyml.stages.train.saved_model import OpenNetwork, SavedNetwork, open_network
from scons_tinyml.stages.train.tensorflow_process import KerasModel

RANDOM_SEED = 0


def main(request: QuantizeRequest[Path]) -> None:
    """Convert and write."""
    model = described(request.model)
    if request.data is not None:
        _quantize(request, model, read_data(request.data))
    elif model.random_weights is not None:
        _quantize_random(request, model)
    elif request.int8:
        raise _without_samples(request)
    else:
        graph = _write_float(_open(request, model), request)
        write_samples(request.samples, random_samples(graph, RANDOM_SEED))


def _without_samples(request: QuantizeRequest[Path]) -> InputError:
    return InputError(
        "cannot be quantized without representative samples",
        where=request.model or request.keras,
        key="dataset",
        hint="give the model a [dataset] with representative, build it with quantize=float, or give an int8 .tflite",
    )


def _open(request: QuantizeRequest[Path], model: Model) -> OpenNetwork:
    trusted = request.trust_model is not None
    return open_network(request.keras, model.signature, trusted=trusted, seed=RANDOM_SEED)


def _quantize(request: QuantizeRequest[Path], model: Model, splits: Splits) -> None:
    if request.int8 and not len(splits.train):
        raise _without_samples(request)
    opened = _open(request, model)
    if len(splits.test):
        _check(opened.network, model, splits.test, request)
    with progress("converted", 2 if request.int8 else 1) as advance:
        graph = _write_float(opened, request)
        advance("float")
        write_samples(request.samples, run_samples(splits, graph))
        if request.int8:
            representative = splits.train.values[: model.quantization.representative_samples]
            inputs = [representative.reshape(-1, *opened.network.inputs[0].shape[1:])]
            write_bytes(request.int8, convert_int8(opened.network, inputs, request.keras, opened.tf))
            advance("int8")


def _quantize_random(request: QuantizeRequest[Path], model: Model) -> None:
    opened = _open(request, model)
    with progress("converted", 2 if request.int8 else 1) as advance:
        graph = _write_float(opened, request)
        advance("float")
        values = random_samples(graph, RANDOM_SEED, model.quantization.representative_samples).inputs
        if request.int8:
            write_bytes(request.int8, convert_int8(opened.network, values, request.keras, opened.tf))
            advance("int8")
    write_samples(request.samples, random_samples(graph, RANDOM_SEED))


def _write_float(opened: OpenNetwork, request: QuantizeRequest[Path]) -> Graph:
    """Convert, then read the written file, so that networks with loops are refused before quantization.

    TensorFlow 2.21 ends with a segmentation fault when it quantizes one.
    """
    write_bytes(request.float, convert_float(opened.network, request.keras, opened.tf))
    return read_tflite(request.float)


def _check(
    network: KerasModel | SavedNetwork, model: Model, test: LabelledSamples, request: QuantizeRequest[Path]
) -> None:
    """Raise InputError when the shapes of the network do not match its data set."""
    output = output_position(output_names(network), model.dataset, request.model or COMMAND_LINE)
    inputs = [tuple(tensor.shape) for tensor in network.inputs]
    found = (inputs[0] if len(inputs) == 1 else inputs, tuple(network.outputs[output].shape))
    sequence = test.values.ndim - len(inputs[0]) if len(inputs) == 1 else 0
    sample = test.values.shape[1 + (sequence == 1) :]
    wanted = output_of(test)
    if model.source is not None and isinstance(wanted, int) and found[1][1:] > (wanted,):
        wanted = found[1][-1]  # a given network may know more classes than its test set has
    expected = ((None, *sample), (None, *(wanted if isinstance(wanted, tuple) else (wanted,))))
    if tuple(shape[1:] for shape in found) != tuple(shape[1:] for shape in expected):
        raise InputError(
            f"is a network from {found[0]} to {found[1]}; its data set needs {expected[0]} to {expected[1]}",
            where=request.keras,
        )
