"""Recurrent layers of Keras: their steps are written out, as microcontrollers get networks without loops."""

from __future__ import annotations

from typing import Any

from scons_tinyml.stages.train.tensorflow_process import KerasModel, TensorFlow

_KEY = "unroll"
"""Argument of LSTM, GRU, SimpleRNN, RNN and the convolutional LSTMs, also where a layer wraps them."""


def written_out(network: KerasModel, tf: TensorFlow) -> KerasModel:
    """Return `network` with a layer for each step in place of each loop; all outputs stay equal.

    A network with an open number of steps stays as it is.
    """
    if any(None in tensor.shape[1:] for tensor in network.inputs):
        return network
    config = tf.keras.saving.serialize_keras_object(network)
    unrolled = _unrolled(config)
    if unrolled == config:
        return network
    made = tf.keras.saving.deserialize_keras_object(unrolled, safe_mode=True)
    made.set_weights(network.get_weights())
    return made


def keeps_state(network: KerasModel) -> bool:
    """Return True when a layer goes on from the state after the previous call: `stateful=True`."""
    return any(getattr(layer, "stateful", False) for layer in network._flatten_layers())


def _unrolled(value: Any) -> Any:
    """Return the JSON `value`, the description of a network, with all loops written out."""
    if isinstance(value, dict):
        return {key: True if key == _KEY else _unrolled(part) for key, part in value.items()}
    return [_unrolled(part) for part in value] if isinstance(value, list) else value
