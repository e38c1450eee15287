"""TensorFlow in this process: quiet, deterministic, and independent of the user's settings."""

from __future__ import annotations

import logging
import os
import warnings
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from scons_tinyml.records.errors import EnvironmentProblem, MissingExtra
from scons_tinyml.stages.progress import progress

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


def require_tensorflow(where: Path) -> None:
    """Raise MissingExtra when TensorFlow or Keras, which the file `where` needs, is not installed. Imports neither."""
    absent = [package for package in ("tensorflow", "keras") if find_spec(package) is None]
    if absent:
        raise MissingExtra(
            "train",
            f"needs TensorFlow, and the package {absent[0]} is not installed",
            where=where,
            otherwise="in a checkout ./bootstrap; a .tflite needs neither, as source = in a model.toml or as model=",
        )


def import_tensorflow(seed: int) -> TensorFlow:
    """Import TensorFlow and Keras so that the same seed gives the same bytes.

    Call it before anything else imports them. Raises EnvironmentProblem when that fails.
    """
    os.environ.update(_ENVIRONMENT)
    warnings.filterwarnings("ignore")
    logging.getLogger("absl").setLevel(logging.ERROR)
    try:
        with progress("TensorFlow loaded", 1) as advance:
            tensorflow: Any = import_module("tensorflow")
            keras: Any = import_module("keras")
            advance()
    except ImportError as error:
        raise EnvironmentProblem(
            f"TensorFlow cannot be imported: {error}",
            hint="pip install 'scons-tinyml[train]' in an environment of its own, in a checkout ./bootstrap",
        ) from None
    tensorflow.config.threading.set_intra_op_parallelism_threads(_THREADS)
    tensorflow.config.threading.set_inter_op_parallelism_threads(_THREADS)
    tensorflow.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)
    return TensorFlow(tensorflow, keras)
