"""TensorFlow in this process: quiet, deterministic, and independent of the user's settings."""

from __future__ import annotations

import logging
import os
import warnings
from importlib import import_module
from typing import Any, NamedTuple

from scons_tinyml.records.errors import EnvironmentProblem

KerasModel = Any
"""A `keras.Model`; Keras is untyped."""

_ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "3",  # fatal messages only
    "TF_ENABLE_ONEDNN_OPTS": "0",  # its order of additions depends on the processor
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
    "KERAS_HOME": os.devnull,  # a keras.json in the home folder would change types and layouts
}
_THREADS = 1
"""The order of additions depends on the number of threads; networks this small gain nothing from more."""


class TensorFlow(NamedTuple):
    """The modules that training and conversion use."""

    tensorflow: Any
    keras: Any


def import_tensorflow(seed: int) -> TensorFlow:
    """Import TensorFlow and Keras so that the same seed gives the same bytes.

    Call it before anything else imports them. Raises EnvironmentProblem when they are not installed.
    """
    os.environ.update(_ENVIRONMENT)
    warnings.filterwarnings("ignore")
    logging.getLogger("absl").setLevel(logging.ERROR)
    try:
        tensorflow: Any = import_module("tensorflow")
        keras: Any = import_module("keras")
    except ImportError as error:
        raise EnvironmentProblem(
            f"TensorFlow cannot be imported: {error}",
            hint="run ./bootstrap, or install the versions of requirements.lock",
        ) from None
    tensorflow.config.threading.set_intra_op_parallelism_threads(_THREADS)
    tensorflow.config.threading.set_inter_op_parallelism_threads(_THREADS)
    tensorflow.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)
    return TensorFlow(tensorflow, keras)
