"""TensorFlow's converter: a Keras network becomes a float or a full-integer `.tflite` of batch 1."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import canonical
from scons_tinyml.stages.graph.tflite.signature import with_signature
from scons_tinyml.stages.native_noise import captured_stderr
from scons_tinyml.stages.train.saved_model import SavedNetwork
from scons_tinyml.stages.train.tensorflow_process import KerasModel, TensorFlow

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]


def convert_float(network: KerasModel | SavedNetwork, where: Path, tf: TensorFlow) -> bytes:
    """Convert to float32 weights and activations; `where` is the network's file. Raises UnsupportedError."""
    return _named(network, _converted(network, where, tf, lambda _: None))


def converted_graph(network: KerasModel | SavedNetwork, where: Path, tf: TensorFlow) -> Graph:
    """Return the network as a float graph. Raises UnsupportedError."""
    return canonical(convert_float(network, where, tf), where).graph


def convert_int8(
    network: KerasModel | SavedNetwork,
    representative: Sequence[FloatArray],
    where: Path,
    tf: TensorFlow,
) -> bytes:
    """Convert to int8 weights, activations, inputs and outputs.

    Ranges of activations are taken from runs on `representative`: samples of each input, of shape (samples,
    shape of one). Raises UnsupportedError when an operator has no integer version.
    """

    def samples() -> Iterator[list[Any]]:
        types = [tensor.dtype for tensor in network.inputs]
        for sample in zip(*representative, strict=True):
            yield [value[None].astype(found) for value, found in zip(sample, types, strict=True)]

    def configure(converter: Any, *, state: bool) -> None:
        lite = tf.tensorflow.lite
        converter.optimizations = [lite.Optimize.DEFAULT]
        converter.representative_dataset = samples
        converter.target_spec.supported_ops = [lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.tensorflow.int8
        converter.inference_output_type = tf.tensorflow.int8
        # A scale for each row of a dense layer gains little, and CMSIS-NN of 2024 does not support it.
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
        converter._experimental_variable_quantization = state

    try:
        data = _converted(network, where, tf, partial(configure, state=True))
    except UnsupportedError:
        if not isinstance(network, SavedNetwork):
            raise
        # TensorFlow 2.21 fails where the state is an output as well; then it stays float32.
        data = _converted(network, where, tf, partial(configure, state=False))
    return _named(network, data)


def output_names(network: KerasModel | SavedNetwork) -> list[str]:
    """Return the output names in order; 'output' for a single output without a name."""
    return list(getattr(network, "output_names", ["output"]))


def _named(network: KerasModel | SavedNetwork, data: bytes) -> bytes:
    """Restore the names of several inputs or outputs: the converter renames outputs to 'Identity_1'."""
    outputs = output_names(network)
    return data if len(network.inputs) == len(outputs) == 1 else with_signature(data, outputs)


def _function(network: KerasModel | SavedNetwork, where: Path, tf: TensorFlow) -> Any:
    """Return the network as a function of tensors with known shapes."""
    specs = []
    for tensor in network.inputs:
        if None in tensor.shape[1:]:
            raise UnsupportedError(
                f"input {tensor.name!r} has the shape {tuple(tensor.shape)}; "
                "only the first size, the batch, may be left open",
                where=where,
            )
        specs.append(tf.tensorflow.TensorSpec((1, *tensor.shape[1:]), tensor.dtype, tensor.name))
    many = len(specs) > 1
    call = tf.tensorflow.function(
        lambda *values: network(list(values) if many else values[0], training=False)
    )
    return call.get_concrete_function(*specs)


def _converted(
    network: KerasModel | SavedNetwork, where: Path, tf: TensorFlow, configure: Callable[[Any], None]
) -> bytes:
    function = _function(network, where, tf)
    owner = network.variables if isinstance(network, SavedNetwork) and _assigns(function) else None
    try:
        with captured_stderr():
            converter = tf.tensorflow.lite.TFLiteConverter.from_concrete_functions([function], owner)
            converter.experimental_enable_resource_variables = owner is not None
            configure(converter)
            return bytes(converter.convert())
    except Exception as error:  # the converter's errors have no common base class
        raise UnsupportedError(
            f"TensorFlow {tf.tensorflow.__version__} cannot convert the network: {_reason(str(error))}",
            where=where,
        ) from None


def _assigns(function: Any) -> bool:
    """Return True when `function` changes variables: they are then state, and no constants."""
    graph = function.graph.as_graph_def()
    called = (node for one in graph.library.function for node in one.node_def)
    return any(node.op.startswith("Assign") for nodes in (graph.node, called) for node in nodes)


def _reason(message: str) -> str:
    """Return the errors in the converter's message, without its trace of our own code."""
    found = dict.fromkeys(match.strip(" :") for match in re.findall(r"error: (.*)", message))
    return "; ".join(found) or message.partition("\n")[0]
