"""The process in which TensorFlow Lite Micro runs: a failed check in it ends this process, not the build."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from math import prod
from typing import TYPE_CHECKING, Any, Literal

from scons_tinyml.stages.child import serve

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.generic]

_ARENA_BYTES = 64 * 1024**2
"""Bytes of the arena, far more than a microcontroller has. Untouched pages take no memory."""

_LEAST_PART_BYTES = 2 * 1024**2
_PART_BYTES_A_VALUE = 32
"""A value of 8 bytes, and three times as much for what kernels keep beside it."""

_KEPT = 8
"""Number of networks that stay loaded with all their parts; the least recently used one is removed first."""

KEEPING_CODES = (
    "SignalDelay",
    "SignalFilterBankSpectralSubtraction",
    "SignalFramer",
    "SignalOverlapAdd",
    "SignalStacker",
)
"""Codes of custom operators that keep values between inferences. A test compares them with the operators."""

_RESOURCE = 13
"""Type of handles of variables in the schema's TensorType."""


@dataclass(frozen=True)
class MicroRequest:
    """A request to run a part of a network, with the numbers of both as `key`.

    `tflite` is its file, None when it should be loaded already.

    `run` returns the outputs, `trace` every activation by its number in the file, `layers` the names of the
    operators. `part` runs only the first `layers` operators and returns nothing. `run` starts from the
    initial state unless `go_on` is set; consecutive traces continue from each other.
    """

    key: tuple[int, int]
    method: Literal["run", "trace", "layers", "part"]
    inputs: Sequence[Array] = ()
    layers: int = 0
    go_on: bool = False
    tflite: bytes | None = None


@dataclass(frozen=True)
class MicroAnswer:
    """The `result` of a request, or the reason why there is none.

    'unknown': the network is not loaded. 'refused': TensorFlow Lite Micro cannot load it. 'failed': it cannot
    run it. 'wrong': the request does not fit the network.
    """

    kind: Literal["result", "unknown", "refused", "failed", "wrong"]
    result: Any = None


class _Refused(Exception):
    """TensorFlow Lite Micro cannot load the network."""


class _Network:
    """A network, with an interpreter for each way to run it."""

    def __init__(self, tflite: bytes, *, is_part: bool = False) -> None:
        self._tflite = tflite
        self._is_part = is_part

    def run(self, request: MicroRequest) -> list[Array]:
        """Return the outputs of one inference.

        A new interpreter has the initial state; a reset sets variables to 0.
        """
        if self._has_state and not request.go_on:
            self.__dict__.pop("_interpreter", None)
        interpreter = self._interpreter
        self._invoke(interpreter, request.inputs)
        return [_copy(interpreter.get_output(position)) for position in range(len(self._subgraph.outputs))]

    def trace(self, request: MicroRequest) -> dict[int, Array]:
        """Return every activation of one inference."""
        interpreter = self._preserving_interpreter
        self._invoke(interpreter, request.inputs)
        written = [index for operator in self._subgraph.operators for index in operator.outputs]
        indices = dict.fromkeys(int(index) for index in (*self._subgraph.inputs, *written))
        handles = {index for index in indices if self._subgraph.tensors[index].type == _RESOURCE}
        return {
            index: _copy(interpreter.GetTensor(index, 0)["tensor_data"])
            for index in indices
            if index not in handles
        }

    def layers(self, request: MicroRequest) -> list[str]:  # noqa: ARG002
        """Return the names of the operators in the order in which they run."""
        schema = _runtime().schema_fb
        names = {number: name for name, number in vars(schema.BuiltinOperator).items()}
        codes = [_runtime().get_builtin_code_from_operator_code(code) for code in self._model.operatorCodes]
        return [names.get(codes[operator.opcodeIndex], "") for operator in self._subgraph.operators]

    def part(self, request: MicroRequest) -> None:
        """Run only the first operators, in a network without the others."""
        import flatbuffers

        model = _runtime().convert_bytearray_to_object(self._tflite)
        model.subgraphs[0].operators = model.subgraphs[0].operators[: request.layers]
        builder = flatbuffers.Builder(len(self._tflite))
        builder.Finish(model.Pack(builder), b"TFL3")
        interpreter = _new_interpreter(bytes(builder.Output()), "kPreserveAllTensors", _ARENA_BYTES)
        self._invoke(interpreter, request.inputs)

    @cached_property
    def _model(self) -> Any:
        return _runtime().convert_bytearray_to_object(self._tflite)

    @cached_property
    def _subgraph(self) -> Any:
        return self._model.subgraphs[0]

    @cached_property
    def _has_state(self) -> bool:
        return has_state(self._model)

    @cached_property
    def _interpreter(self) -> Any:
        return _new_interpreter(self._tflite, "kAllocationRecording", self._arena_bytes)

    @cached_property
    def _preserving_interpreter(self) -> Any:
        """An interpreter whose tensors share no memory, so that all can be read after an inference."""
        return _new_interpreter(self._tflite, "kPreserveAllTensors", self._arena_bytes)

    @cached_property
    def _arena_bytes(self) -> int:
        """Bytes of the arena. The parts of a network are all kept, so theirs are only as large as they may need."""
        if not self._is_part:
            return _ARENA_BYTES
        values = sum(prod(tensor.shape) for tensor in self._subgraph.tensors if tensor.shape is not None)
        return int(min(_ARENA_BYTES, _LEAST_PART_BYTES + _PART_BYTES_A_VALUE * values))

    def _invoke(self, interpreter: Any, inputs: Sequence[Array]) -> None:
        if len(inputs) != len(self._subgraph.inputs):
            raise ValueError(f"{len(inputs)} inputs are given, the network has {len(self._subgraph.inputs)}")
        for position, values in enumerate(inputs):
            interpreter.set_input(values, position)
        interpreter.invoke()


class _Networks:
    """The most recently used networks."""

    def __init__(self) -> None:
        self._loaded: OrderedDict[int, dict[int, _Network]] = OrderedDict()

    def answer(self, request: MicroRequest) -> MicroAnswer:
        """Answer to a request of the main process."""
        network = self._network(request)
        if network is None:
            return MicroAnswer("unknown")
        method: Callable[[MicroRequest], object] = getattr(network, request.method)
        try:
            return MicroAnswer("result", method(request))
        except _Refused as error:
            return MicroAnswer("refused", str(error))
        except RuntimeError as error:
            return MicroAnswer("failed", str(error))
        except ValueError as error:
            return MicroAnswer("wrong", str(error))

    def _network(self, request: MicroRequest) -> _Network | None:
        network, part = request.key
        parts = self._loaded.setdefault(network, {})
        self._loaded.move_to_end(network)
        if request.tflite is not None:
            parts[part] = _Network(request.tflite, is_part=part > 0)
        while len(self._loaded) > _KEPT:
            self._loaded.popitem(last=False)
        return parts.get(part)


def has_state(model: Any) -> bool:
    """Return True when the first subgraph of `model`, an object of the schema, keeps values between inferences."""
    subgraph = model.subgraphs[0]
    codes = {model.operatorCodes[operator.opcodeIndex].customCode for operator in subgraph.operators}
    held = any(tensor.isVariable or tensor.type == _RESOURCE for tensor in subgraph.tensors)
    return held or any((code or b"").decode("utf-8", "replace") in KEEPING_CODES for code in codes)


def _new_interpreter(tflite: bytes, config: str, arena_bytes: int) -> Any:
    runtime = _runtime()
    try:
        return runtime.Interpreter.from_bytes(
            tflite, arena_size=arena_bytes, intrepreter_config=runtime.InterpreterConfig[config]
        )
    except RuntimeError as error:
        raise _Refused(str(error)) from None


def _runtime() -> Any:
    """Return the wheel's Python module, which is untyped."""
    return import_module("tflite_micro.python.tflite_micro.runtime")


def _copy(values: Any) -> Array:
    """Return a copy: the interpreter's arrays are views of its arena, which the next inference overwrites."""
    import numpy as np

    return np.array(values, copy=True)


def main() -> None:
    """Answer requests until the main process ends."""
    _runtime()
    serve(_Networks().answer)
