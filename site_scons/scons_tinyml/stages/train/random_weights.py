"""Random weights: the cost of a network does not depend on its training."""

from __future__ import annotations

from scons_tinyml.stages.train.tensorflow_process import KerasModel

_AROUND_ONE = ("gamma", "moving_variance")
_AROUND_ZERO = {"beta": 0.1, "moving_mean": 0.1, "bias": 1.0}
"""Weights around zero with their deviation.

Biases spread the classes: TensorFlow Lite Micro aborts in the softmax of 512 equal ones.
"""


def draw_weights(network: KerasModel, seed: int) -> None:
    """Draw weights that Keras leaves at 0 or 1: biases, and scale, shift and statistics of normalizations.

    Kernels of layers are drawn when the network is made. Only seeds determine the result.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    for weight in network.weights:
        if weight.name in _AROUND_ONE:
            weight.assign(random.uniform(0.5, 1.5, weight.shape))
        elif weight.name in _AROUND_ZERO:
            weight.assign(random.normal(0, _AROUND_ZERO[weight.name], weight.shape))
