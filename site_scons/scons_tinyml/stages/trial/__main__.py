"""Stage: try a variant of a model: ask whether it can fit, then train, quantize and evaluate it.

python -m scons_tinyml.stages trial --model models/NAME/model.toml --job IN --data IN.npz --tried OUT

The first questions need no training, as memory and cycles do not depend on it. The accuracy is that of a build:
training, quantizer, oracle and seeds are the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scons_tinyml.records.errors import InputError
from scons_tinyml.records.model import Model
from scons_tinyml.records.network_spec import NetworkSpec
from scons_tinyml.records.paths import locate
from scons_tinyml.records.variants import options_of, read_variant
from scons_tinyml.records.wire import from_wire, to_wire
from scons_tinyml.stages.data.file import read_data
from scons_tinyml.stages.data.labelled import Splits, output_of
from scons_tinyml.stages.data.read import of_variant
from scons_tinyml.stages.files import write_bytes
from scons_tinyml.stages.graph.reader import read_canonical, read_tflite
from scons_tinyml.stages.quantize.accuracy import network_outputs
from scons_tinyml.stages.quantize.convert import convert_float, convert_int8
from scons_tinyml.stages.quantize.integer import Types, quantize
from scons_tinyml.stages.quantize.metric_value import value_of
from scons_tinyml.stages.train.fit import fit, halfway
from scons_tinyml.stages.train.network_file import build_network
from scons_tinyml.stages.train.tensorflow_process import KerasModel, TensorFlow, import_tensorflow
from scons_tinyml.stages.trial.forecast import dropped
from scons_tinyml.stages.trial.racing import behind, rival_of
from scons_tinyml.stages.trial.records import Job, Rival, Sketch, Tried
from scons_tinyml.stages.trial.request import TrialRequest
from scons_tinyml.stages.trial.sketching import sketch_of

if TYPE_CHECKING:
    from scons_tinyml.stages.data.labelled import FloatArray

_WIDE = 16
"""Bits of activations of an int16x8 network."""


def main(request: TrialRequest[Path]) -> None:
    """Write what a trial has found, also where its network cannot be made."""
    job = from_wire(Job, request.job.read_bytes())
    try:
        found = _tried(request, job)
    except InputError as error:
        found = Tried(job.variant, problem=str(error))
    write_bytes(request.tried, to_wire(found))


def _tried(request: TrialRequest[Path], job: Job) -> Tried:
    model = read_variant(request.model, job.variant)
    if model.training is None:
        raise InputError("is not trained, so that its variants have no accuracy", where=request.model)
    splits = of_variant(read_data(request.data), model, request.model)
    tf = import_tensorflow(model.training.seed)
    trial = _Trial(model, splits, request.model, tf)
    with tempfile.TemporaryDirectory(prefix="tinyml-trial-") as folder:
        sketch = trial.sketch(Path(folder, "sketch.tflite"))
        if reason := dropped(sketch, job.bases) if job.bases else "":
            return Tried(job.variant, sketch, dropped=reason)
        rival = rival_of(sketch, job.bases, job.rivals)
        return trial.trained(Path(folder, "trained.tflite"), Tried(job.variant, sketch), rival)


class _Trial:
    """A variant with its data, in this process alone: the first network of a seed is the one that counts."""

    def __init__(self, model: Model, splits: Splits, where: Path, tf: TensorFlow) -> None:
        self._model, self._splits, self._where, self._tf = model, splits, where, tf

    def sketch(self, file: Path) -> Sketch:
        """Return the sketch of the network as it begins; the next one begins as if this one had not been."""
        assert self._model.training is not None
        self._write(self._network(), file)
        self._tf.keras.backend.clear_session()
        self._tf.keras.utils.set_random_seed(self._model.training.seed)
        return sketch_of(read_tflite(file))

    def trained(self, file: Path, sketched: Tried, rival: Rival | None) -> Tried:
        """Train, and return `sketched` with the first metric of the network in its type, or why training stopped."""
        training = self._model.training
        assert training is not None
        network = self._network()
        history = fit(
            network, self._splits, training, self._tf, goes_on=lambda found: not behind(found, rival)
        )
        first = history.epochs[: halfway(training.epochs)]
        found = replace(
            sketched,
            epochs=len(history.epochs),
            halfway=max(one.validation for one in first) if self._splits.train.classes else None,
        )
        if len(history.epochs) < training.epochs and found.halfway is not None:
            return replace(found, stopped=behind(found.halfway, rival))
        self._write(network, file)
        test = self._splits.test
        outputs = network_outputs({"int8": file}, test)
        name, metric = next(iter(self._model.metrics.items()))
        accuracy = value_of(name, metric, test.labels, outputs.of["int8"], self._where)
        return replace(found, accuracy=accuracy)

    def _network(self) -> KerasModel:
        assert self._model.training is not None
        script = self._model.training.network
        file = locate(script, self._where.parent, where=self._where, key="training.network")
        train = self._splits.train
        return build_network(
            file, NetworkSpec(train.values.shape[1:], output_of(train), options_of(self._model))
        )

    def _write(self, network: KerasModel, file: Path) -> None:
        """Write `network` as a .tflite in the type of the model."""
        make = {"float": self._float, "int8": self._int8, "int16x8": self._int16x8}
        made: Callable[[KerasModel, Path], bytes] = make[self._model.quantization.mode]
        write_bytes(file, made(network, file))

    def _float(self, network: KerasModel, file: Path) -> bytes:
        return convert_float(network, file, self._tf)

    def _int8(self, network: KerasModel, file: Path) -> bytes:
        inputs = [self._representative().reshape(-1, *network.inputs[0].shape[1:])]
        return convert_int8(network, inputs, file, self._tf)

    def _int16x8(self, network: KerasModel, file: Path) -> bytes:
        write_bytes(file, self._float(network, file))
        return quantize(read_canonical(file), (self._representative(),), file, Types(_WIDE)).tflite

    def _representative(self) -> FloatArray:
        return self._splits.train.values[: self._model.quantization.representative_samples]
