"""A network with state whose outputs are easily foretold."""

from __future__ import annotations

import numpy as np

from support.tflite_builder import NetworkBuilder, to_tflite


def remembering(size: int = 2) -> bytes:
    """A network that puts out its previous input of `size` values, at first zeros: a SVDF with a memory of two."""
    net = NetworkBuilder("remembering")
    frame, previous = net.activation((1, size), "float32"), net.activation((1, size), "float32")
    features = net.constant(np.eye(size, dtype=np.float32))
    over_time = net.constant(np.tile(np.array([1, 0], np.float32), (size, 1)))
    bias = net.constant(np.zeros(size, np.float32))
    state = net.state((1, 2 * size), "float32")
    options = {"rank": 1, "fused_activation_function": "NONE", "asymmetric_quantize_inputs": False}
    net.layer("SVDF", [frame, features, over_time, bias, state], [previous], **options)
    return to_tflite(net.finish([frame], [previous]))
