"""The process in which LiteRT runs networks with its reference kernels, without delegates such as XNNPACK."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from scons_tinyml.stages.child import serve
from scons_tinyml.stages.graph.tflite.objects import packed, unpacked
from scons_tinyml.stages.graph.tflite.schema import schema

if TYPE_CHECKING:
    from scons_tinyml.stages.oracle_child import Array

_KEPT = 8
"""Number of networks that stay loaded; the least recently used one is removed first."""


_MISSING_VERSION = re.compile(r"builtin opcode '(?P<operator>[A-Z0-9_]+)' version '(?P<version>[0-9]+)'")
"""What LiteRT says of an operator or a version that it lacks."""


@dataclass(frozen=True)
class LitertRequest:
    """A request to run a `.tflite` file on `inputs`. `shapes` requests the shapes of all tensors instead of outputs.

    Shapes are those of LiteRT's optimized kernels, as its reference kernels lack some operators.
    """

    tflite: bytes
    inputs: Sequence[Array]
    shapes: bool = False


@dataclass(frozen=True)
class LitertAnswer:
    """The outputs of one inference, or the reason why LiteRT did not load or run the network."""

    kind: Literal["outputs", "refused"]
    outputs: tuple[Array, ...] = ()
    shapes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Shapes after the inference, by tensor number."""
    problem: str = ""


class _Interpreters:
    def __init__(self) -> None:
        self._loaded: OrderedDict[tuple[bytes, str], Any] = OrderedDict()

    def answer(self, request: LitertRequest) -> LitertAnswer:
        """Answer to a request of the main process."""
        try:
            interpreter = self._interpreter(request)
            details = interpreter.get_input_details()
            for detail, values in zip(details, request.inputs, strict=True):
                interpreter.set_tensor(detail["index"], values)
            interpreter.invoke()
            if request.shapes:
                tensors = interpreter.get_tensor_details()
                return LitertAnswer(
                    "outputs", shapes={one["index"]: tuple(map(int, one["shape"])) for one in tensors}
                )
            found = (interpreter.get_tensor(one["index"]) for one in interpreter.get_output_details())
            return LitertAnswer("outputs", tuple(found))
        except (RuntimeError, ValueError) as error:
            return LitertAnswer("refused", problem=" ".join(str(error).split()))

    def _interpreter(self, request: LitertRequest) -> Any:
        kind = "BUILTIN_WITHOUT_DEFAULT_DELEGATES" if request.shapes else "BUILTIN_REF"
        key = request.tflite, kind
        if key not in self._loaded:
            self._loaded[key] = _loaded(request.tflite, kind)
        self._loaded.move_to_end(key)
        while len(self._loaded) > _KEPT:
            self._loaded.popitem(last=False)
        return self._loaded[key]


def _loaded(tflite: bytes, kind: str) -> Any:
    """Return an interpreter. Where it lacks the version of an operator, the layers get the newest that it has.

    LiteRT has one kernel for all versions of an operator. A version only says since when that kernel takes the layer's
    types and options, which it checks itself.
    """
    litert = import_module("ai_edge_litert.interpreter")
    while True:
        try:
            found = litert.Interpreter(
                model_content=tflite, experimental_op_resolver_type=litert.OpResolverType[kind]
            )
            found.allocate_tensors()
            return found
        except (RuntimeError, ValueError) as error:
            missing = _MISSING_VERSION.search(str(error))
            if missing is None or int(missing["version"]) < 2:
                raise
            tflite = _with_older(tflite, missing["operator"], int(missing["version"]))


def _with_older(tflite: bytes, operator: str, version: int) -> bytes:
    """Return the file with `version` of `operator` replaced by the one before."""
    model = unpacked(tflite)
    number = getattr(schema().BuiltinOperator, operator)
    for code in model.operatorCodes:
        if (max(code.builtinCode, code.deprecatedBuiltinCode), code.version) == (number, version):
            code.version = version - 1
    return packed(model)


def main() -> None:
    """Answer requests until the main process ends."""
    serve(_Interpreters().answer)
