"""The oracle: what a network's outputs have to be, byte for byte.

It is TensorFlow Lite Micro with its reference kernels, run on this machine by the wheel `tflite-micro`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import EnvironmentProblem, InternalError, UnsupportedError
from scons_tinyml.stages.native_noise import captured_stderr

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.generic]

DISTRIBUTION = "tflite-micro"
_ARENA_BYTES = 64 * 1024**2
"""Far more than a microcontroller has. Pages that a network does not touch are never backed by memory."""


def oracle_name() -> str:
    """Name and version, 'tflite-micro 0.dev20260101', for provenance.

    Raises EnvironmentProblem when it is not installed.
    """
    try:
        return f"{DISTRIBUTION} {version(DISTRIBUTION)}"
    except PackageNotFoundError:
        raise EnvironmentProblem(
            f"the package {DISTRIBUTION} is not installed",
            hint="run ./bootstrap, or install the versions of requirements.lock",
        ) from None


class Oracle:
    """A network in TensorFlow Lite Micro. Every inference starts from the same state.

    Raises EnvironmentProblem when the wheel is not installed and UnsupportedError, on the first inference,
    when TensorFlow Lite Micro cannot run the network.
    """

    def __init__(self, tflite: bytes) -> None:
        self.name = oracle_name()
        self._tflite = tflite

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        """Outputs of one inference; shapes and types of `inputs` and outputs are those of the file."""
        interpreter = self._interpreter
        self._invoke(interpreter, inputs)
        return [_copy(interpreter.get_output(position)) for position in range(len(self._subgraph.outputs))]

    def trace(self, inputs: Sequence[Array]) -> dict[int, Array]:
        """Every activation of one inference, inputs and outputs of the network among them.

        Keys are numbers of tensors in the file (`Tensor.file_index`).
        """
        interpreter = self._preserving_interpreter
        self._invoke(interpreter, inputs)
        written = [index for operator in self._subgraph.operators for index in operator.outputs]
        indices = dict.fromkeys(int(index) for index in (*self._subgraph.inputs, *written))
        return {index: self._tensor(interpreter, index) for index in indices}

    @cached_property
    def _subgraph(self) -> Any:
        return _runtime().convert_bytearray_to_object(self._tflite).subgraphs[0]

    @cached_property
    def _interpreter(self) -> Any:
        return self._new_interpreter("kAllocationRecording")

    @cached_property
    def _preserving_interpreter(self) -> Any:
        """Does not let tensors share memory, so that all of them can be read after an inference."""
        return self._new_interpreter("kPreserveAllTensors")

    def _new_interpreter(self, config: str) -> Any:
        runtime = _runtime()
        try:
            with captured_stderr() as noise:
                return runtime.Interpreter.from_bytes(
                    self._tflite,
                    arena_size=_ARENA_BYTES,
                    intrepreter_config=runtime.InterpreterConfig[config],
                )
        except RuntimeError as error:
            raise UnsupportedError(
                f"{self.name} cannot run the network: {noise.one_line() or error}",
                hint="without its oracle a network cannot be checked, so that no firmware is built of it",
            ) from None

    def _invoke(self, interpreter: Any, inputs: Sequence[Array]) -> None:
        if len(inputs) != len(self._subgraph.inputs):
            raise ValueError(f"{len(inputs)} inputs are given, the network has {len(self._subgraph.inputs)}")
        try:
            for position, values in enumerate(inputs):
                interpreter.set_input(values, position)
            interpreter.invoke()
        except RuntimeError as error:
            raise InternalError(f"{self.name} failed: {error}") from None

    def _tensor(self, interpreter: Any, index: int) -> Array:
        return _copy(interpreter.GetTensor(index, 0)["tensor_data"])


def _runtime() -> Any:
    """The wheel's Python module, which has no types."""
    return import_module("tflite_micro.python.tflite_micro.runtime")


def _copy(values: Any) -> Array:
    """A copy: the interpreter's arrays look into its arena, which the next inference overwrites."""
    import numpy as np

    return np.array(values, copy=True)
