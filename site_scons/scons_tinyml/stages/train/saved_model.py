"""Folders that TensorFlow calls SavedModel, as networks to convert: their default signature.

A SavedModel is a program of TensorFlow's operators, some of which read and write files. It is loaded if it has none
of them, or if a person trusts it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.records.input_file import read_file
from scons_tinyml.records.network_limits import FLOAT_FILE, GRAPH_NODES
from scons_tinyml.records.network_source import SAVED_MODEL, check_source
from scons_tinyml.stages.native_noise import captured_stderr
from scons_tinyml.stages.protobuf import DamagedMessage, parts
from scons_tinyml.stages.train.keras_archive import check_keras
from scons_tinyml.stages.train.keras_file import read_keras
from scons_tinyml.stages.train.recurrent import keeps_state
from scons_tinyml.stages.train.saved_model_check import require_harmless
from scons_tinyml.stages.train.tensorflow_process import (
    KerasModel,
    TensorFlow,
    import_tensorflow,
    require_tensorflow,
)

SIGNATURE = "serving_default"


@dataclass(frozen=True)
class Port:
    """An input or output with batch None."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


_NODES = ((2, 2, 1), (2, 2, 2, 1, 3))
"""Nodes in a saved_model.pb: SavedModel.meta_graphs.graph_def.node, and ....library.function.node_def.

Source: saved_model.proto, meta_graph.proto, graph.proto and function.proto of TensorFlow 2.21.
"""


class _NoSignature(Exception):
    """The folder lacks the requested signature; the message lists existing ones."""


class SavedNetwork:
    """A signature of a SavedModel, callable like a Keras network."""

    def __init__(self, loaded: Any, signature: str) -> None:
        if signature not in loaded.signatures:
            raise _NoSignature(", ".join(map(repr, loaded.signatures)) or "none")
        self.variables = loaded
        """Object that keeps the variables, also for the converter."""
        self._call = loaded.signatures[signature]
        specs = self._call.structured_input_signature[1]
        names = [name for name in self._call._arg_keywords if name in specs]
        self.inputs = [_port(name, specs[name]) for name in names]
        outputs: Mapping[str, Any] = self._call.structured_outputs
        self.output_names = list(outputs)
        self.outputs = [_port(name, found) for name, found in outputs.items()]

    def __call__(self, values: Any, training: bool = False) -> Any:  # noqa: ARG002 - as Keras has it
        """Return the outputs in the order of their names."""
        given = values if isinstance(values, list) else [values]
        named = {found.name: value for found, value in zip(self.inputs, given, strict=True)}
        answer = self._call(**named)
        values = [answer[name] for name in self.output_names]
        return values[0] if len(values) == 1 else values


class OpenNetwork(NamedTuple):
    """A network that TensorFlow has read, and TensorFlow."""

    network: KerasModel | SavedNetwork
    tf: TensorFlow


def open_network(
    path: Path, signature: str | None = None, *, trusted: bool = False, seed: int = 0
) -> OpenNetwork:
    """Check the `.keras` file or SavedModel `path`, import TensorFlow with `seed`, and read the network.

    Parameters and errors are those of `check_network`, `import_tensorflow` and `read_network`.
    """
    require_tensorflow(path)
    check_network(path)
    tf = import_tensorflow(seed)
    return OpenNetwork(read_network(path, tf, signature, trusted=trusted), tf)


def check_network(path: Path) -> None:
    """Raise ModelFileError for a `.keras` file or SavedModel that is damaged or larger than its limits.

    TensorFlow is not needed for it.
    """
    check_source(path)
    if path.name != SAVED_MODEL:
        check_keras(path)
        return
    message = memoryview(read_file(path, FLOAT_FILE))
    try:
        nodes = sum(1 for numbers in _NODES for _ in parts(message, *numbers))
    except DamagedMessage as error:
        raise ModelFileError(f"is no SavedModel to convert: {error}", where=path) from None
    GRAPH_NODES.require(nodes, where=path)


def read_network(
    path: Path, tf: TensorFlow, signature: str | None = None, *, trusted: bool = False
) -> KerasModel | SavedNetwork:
    """Return the network in a `.keras` file, or in the SavedModel with the `saved_model.pb` in `path`.

    A network of Keras that keeps state between calls becomes a SavedModel, which has its variables by name.
    `check_network` has checked its sizes. `signature` selects one of a SavedModel, 'serving_default' if None. One that
    is not `trusted` runs nothing that could touch this machine. Raises ModelFileError.
    """
    wanted = signature or SIGNATURE
    if path.name != SAVED_MODEL:
        network = read_keras(path, tf)
        return _exported(network, tf) if keeps_state(network) else network
    if not trusted:
        require_harmless(path)
    try:
        with captured_stderr():
            return SavedNetwork(tf.tensorflow.saved_model.load(str(path.parent)), wanted)
    except Exception as error:  # a damaged folder raises nearly any exception
        reason = str(error).strip().splitlines()
        cause = f"has no signature '{wanted}', but" if isinstance(error, _NoSignature) else "cannot be loaded"
        raise ModelFileError(
            f"is no SavedModel to convert: {cause}: {reason[0] if reason else type(error).__name__}",
            where=path,
            hint="expected what model.export(folder) of Keras or tf.saved_model.save(..., signatures=...) writes",
        ) from None


def _exported(network: KerasModel, tf: TensorFlow) -> SavedNetwork:
    with tempfile.TemporaryDirectory(prefix="tinyml-state-") as folder, captured_stderr():
        network.export(folder, verbose=False)
        return SavedNetwork(tf.tensorflow.saved_model.load(folder), SIGNATURE)


def _port(name: str, spec: Any) -> Port:
    return Port(name, tuple(spec.shape), spec.dtype.name)
