"""The oracle: it computes the outputs that a network must have, byte for byte.

It is TensorFlow Lite Micro with its reference kernels, from the wheel `tflite-micro`. It runs in a child
process, as some of its checks abort.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from itertools import count, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scons_tinyml.records.errors import EnvironmentProblem, InternalError, UnsupportedError
from scons_tinyml.stages.child import Child, ChildDied
from scons_tinyml.stages.oracle_child import MicroRequest

if TYPE_CHECKING:
    from scons_tinyml.stages.oracle_child import Array, MicroAnswer

DISTRIBUTION = "tflite-micro"

_CHILD = Child("scons_tinyml.stages.oracle_child")
_KEYS = count()

_WITHOUT = "without its oracle a network cannot be checked, so that no firmware is built of it"

_REMEDIES = {
    "SOFTMAX": "In int8 the exponentials of a row must add up to less than 512 times the largest of them: less than "
    "512 classes work, and inputs that differ more, and float32, and a network without its SOFTMAX.",
}
"""Hints by operator, for operators whose checks are known to abort."""


def oracle_name() -> str:
    """Return name and version, 'tflite-micro 0.dev20260101', for provenance.

    Raises EnvironmentProblem when it is not installed.
    """
    try:
        return f"{DISTRIBUTION} {version(DISTRIBUTION)}"
    except PackageNotFoundError:
        raise EnvironmentProblem(
            f"the package {DISTRIBUTION} is not installed",
            hint="pip install scons-tinyml installs it, in a checkout ./bootstrap",
        ) from None


Part = tuple[int, int]
"""Number of a network and, from 1, of a part of it; 0 for the whole."""


def new_parts() -> Iterator[Part]:
    """Return the numbers of parts of a network, which stay loaded together."""
    return zip(repeat(next(_KEYS)), count(1))


class Oracle:
    """A network in TensorFlow Lite Micro.

    Every inference starts from the initial state, unless `go_on` is set. `where` is the file for messages. `part` is
    one of `new_parts()` for a network that is only a part of another.
    Raises EnvironmentProblem when the wheel is not installed; inferences raise UnsupportedError when
    TensorFlow Lite Micro cannot run the network.
    """

    def __init__(self, tflite: bytes, where: Path | None = None, *, part: Part | None = None) -> None:
        self.name = oracle_name()
        self.tflite = tflite
        self._where = where
        self._key = part or (next(_KEYS), 0)
        _CHILD.start()

    def run(self, inputs: Sequence[Array], *, go_on: bool = False) -> list[Array]:
        """Return the outputs of one inference; `inputs` and outputs have the file's shapes and types.

        `go_on` continues from the state after the previous inference.
        """
        outputs: list[Array] = self._infer(MicroRequest(self._key, "run", inputs, go_on=go_on))
        return outputs

    def trace(self, inputs: Sequence[Array]) -> dict[int, Array]:
        """Return every activation of one inference, with inputs and outputs of the network.

        Keys are numbers of tensors in the file (`Tensor.file_index`). The state continues from trace to
        trace.
        """
        activations: dict[int, Array] = self._infer(MicroRequest(self._key, "trace", inputs))
        return activations

    def _infer(self, request: MicroRequest) -> Any:
        try:
            answer, noise = self._ask(request)
        except ChildDied as death:
            raise self._died(death, request) from None
        if answer.kind == "refused":
            problem = f"{self.name} cannot run the network: {noise or answer.result}"
            raise UnsupportedError(problem, where=self._where, hint=_WITHOUT)
        if answer.kind == "failed":
            raise self._stopped(request, noise or answer.result)
        if answer.kind == "wrong":
            raise ValueError(answer.result)
        return answer.result

    def _ask(self, request: MicroRequest) -> tuple[MicroAnswer, str]:
        answer, noise = _CHILD.ask(request)
        if answer.kind != "unknown":
            return answer, noise
        if request.go_on:
            raise InternalError(f"{self.name} has forgotten the inference before", where=self._where)
        return _CHILD.ask(replace(request, tflite=self.tflite))

    def _died(self, death: ChildDied, request: MicroRequest) -> UnsupportedError:
        if death.limit is not None:
            return death.limit.refusal("more", UnsupportedError, where=self._where)
        index, operator = self._last_layer(request)
        return UnsupportedError(
            f"{self.name} ends itself instead of running the network ({death})",
            where=self._where,
            key=None if index is None else f"layer {index} ({operator})",
            hint=_REMEDIES.get(operator, _WITHOUT),
        )

    def _stopped(self, request: MicroRequest, reason: str) -> UnsupportedError:
        index, operator = self._last_layer(request)
        return UnsupportedError(
            f"{self.name} stops in the middle of an inference: {reason}",
            where=self._where,
            key=None if index is None else f"layer {index} ({operator})",
            hint="the layer has no result for such values: a divisor of 0, a root of a number below 0",
        )

    def _last_layer(self, request: MicroRequest) -> tuple[int | None, str]:
        """Return index and operator of the layer that ends the process or the inference, (None, '') if none does."""
        try:
            names = self._ask(MicroRequest(self._key, "layers"))[0].result
        except ChildDied:
            return None, ""
        runs, ends = 0, len(names)
        while ends - runs > 1:
            middle = (runs + ends) // 2
            if self._ends(MicroRequest(self._key, "part", request.inputs, middle)):
                ends = middle
            else:
                runs = middle
        return runs, names[runs]

    def _ends(self, request: MicroRequest) -> bool:
        try:
            return self._ask(request)[0].kind == "failed"
        except ChildDied:
            return True
