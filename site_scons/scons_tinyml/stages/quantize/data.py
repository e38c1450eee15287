"""Stage: read the samples of a given network: representative ones to quantize it with, labelled ones to evaluate it.

python -m scons_tinyml.stages quantize.data --network IN.tflite --data OUT.npz [--model models/NAME/model.toml]
    [--representative calibration.npz] [--test test.npz] [--sequence CALLS] [--outside FOLDER ...]

Samples have the shape of the network's input; of a network with state, they may be sequences of calls.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scons_tinyml.records.dataset import Dataset
from scons_tinyml.records.errors import InputError
from scons_tinyml.records.model import Input, Model
from scons_tinyml.records.paths import locate
from scons_tinyml.stages.data.file import write_data
from scons_tinyml.stages.data.labelled import LabelledSamples, Splits
from scons_tinyml.stages.data.read import read_splits
from scons_tinyml.stages.data.reading import read_one_part
from scons_tinyml.stages.data.wanted import Wanted
from scons_tinyml.stages.graph.reader import read_canonical
from scons_tinyml.stages.quantize.described import COMMAND_LINE, described
from scons_tinyml.stages.quantize.requests import SamplesRequest
from scons_tinyml.stages.quantize.sequences import sample_shape

_ORIGINS = ("name", "script", "path", "train", "validation", "train_fraction", "validation_fraction")
"""Keys of [dataset] that a test set of the command line replaces."""


def main(request: SamplesRequest[Path]) -> None:
    """Read and write the splits."""
    model = _model(request)
    where = request.model or COMMAND_LINE
    assert model.dataset is not None, "a build asks for samples that something names"
    typed = [path.absolute().parent for path in (request.representative, request.test) if path is not None]
    outside = (*request.outside, *typed)  # what a person types may lie anywhere
    write_data(request.data, _splits(model, model.dataset, where, outside))


def _model(request: SamplesRequest[Path]) -> Model:
    """Return the model with the input shape of the network, and the data set that the command line changes."""
    given = described(request.model)
    dataset = given.dataset or Dataset(test="test")
    changes: dict[str, Any] = {} if given.dataset else {"test": None}
    if request.test is not None:
        changes |= {**dict.fromkeys(_ORIGINS), "test": _typed(request, request.test)}
    if request.representative is not None:
        changes["representative"] = _typed(request, request.representative)
    if request.sequence is not None:
        changes["sequence"] = request.sequence
    dataset = dataset.model_copy(update=changes)
    shape = _sample_shape(request, given, dataset.sequence)
    if given.input is not None and given.input.shape != shape:
        raise InputError(
            f"found {list(given.input.shape)}; samples of this network have {list(shape)}",
            where=request.model,
            key="input.shape",
        )
    return given.model_copy(update={"dataset": dataset, "input": Input.model_construct(shape=shape)})


def _sample_shape(request: SamplesRequest[Path], model: Model, sequence: int | None) -> tuple[int, ...]:
    """Return the shape of a sample; TensorFlow is asked where neither a .tflite nor the model.toml says it."""
    path = request.network
    if path.suffix == ".tflite":
        return sample_shape(read_canonical(path, model.signature).graph, sequence, path)
    if model.input is not None:
        return model.input.shape
    from scons_tinyml.stages.quantize.convert import converted_graph
    from scons_tinyml.stages.train.saved_model import open_network

    opened = open_network(path, model.signature, trusted=request.trust_model is not None)
    return sample_shape(converted_graph(opened.network, path, opened.tf), sequence, path)


def _typed(request: SamplesRequest[Path], path: Path) -> str:
    """Return a path of the command line as one from the folder of the model.toml, if there is one."""
    return str(path if request.model is None else path.absolute())


def _splits(model: Model, dataset: Dataset, where: Path, outside: tuple[Path, ...]) -> Splits:
    assert model.input is not None
    wanted = Wanted.of(dataset, model.input.shape, "none", where, outside)
    nothing = LabelledSamples(*_empty(wanted))
    splits = read_splits(model, where, outside) if dataset.has_test else Splits(nothing, nothing, nothing)
    if dataset.representative is None:
        return splits
    path = locate(
        dataset.representative, where.parent, where=where, key="dataset.representative", outside=outside
    )
    representative = read_one_part(path, wanted, "train")
    if not len(representative):
        raise InputError("has no samples to quantize with", where=path)
    return Splits(representative, splits.validation, splits.test, splits.overlap)


def _empty(wanted: Wanted) -> tuple[Any, Any]:
    import numpy as np

    return np.zeros((0, *wanted.shape), np.float32), np.zeros(0, np.int64)
