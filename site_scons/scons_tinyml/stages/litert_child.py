"""The process in which LiteRT runs networks with its reference kernels, without delegates such as XNNPACK."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from scons_tinyml.stages.child import serve

if TYPE_CHECKING:
    from scons_tinyml.stages.oracle_child import Array

_KEPT = 8
"""Number of networks that stay loaded; the least recently used one is removed first."""


@dataclass(frozen=True)
class LitertRequest:
    """A request to run a `.tflite` file on `inputs`. `shapes` requests the shapes of all tensors too."""

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
        self._loaded: OrderedDict[bytes, Any] = OrderedDict()

    def answer(self, request: LitertRequest) -> LitertAnswer:
        """Answer to a request of the main process."""
        try:
            interpreter = self._interpreter(request.tflite)
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

    def _interpreter(self, tflite: bytes) -> Any:
        if tflite not in self._loaded:
            litert = import_module("ai_edge_litert.interpreter")
            self._loaded[tflite] = litert.Interpreter(
                model_content=tflite, experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF
            )
            self._loaded[tflite].allocate_tensors()
        self._loaded.move_to_end(tflite)
        while len(self._loaded) > _KEPT:
            self._loaded.popitem(last=False)
        return self._loaded[tflite]


def main() -> None:
    """Answer requests until the main process ends."""
    serve(_Interpreters().answer)
