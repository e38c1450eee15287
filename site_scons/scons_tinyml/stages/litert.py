"""The second oracle: LiteRT's reference kernels, for operators and types that TensorFlow Lite Micro lacks.

`is_judged_by_litert` of an operator selects such layers. A network with such a layer is divided into segments
of neighbouring layers with the same oracle. Segments run one after the other on each other's results. So each
layer is compared with the kernels that its own are modelled on: for some operators, LiteRT and TensorFlow
Lite Micro give different results (docs/oracles.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from scons_tinyml.records.errors import EnvironmentProblem, UnsupportedError
from scons_tinyml.records.network_limits import ORACLE_MEMORY
from scons_tinyml.stages.child import Child, ChildDied
from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView, Quantization, Tensor, TensorType
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.tflite.model import indices, operator_name, present
from scons_tinyml.stages.graph.tflite.objects import packed
from scons_tinyml.stages.graph.tflite.schema import enum_names, schema
from scons_tinyml.stages.litert_child import LitertAnswer, LitertRequest
from scons_tinyml.stages.oracle import Oracle, oracle_name
from scons_tinyml.stages.oracle_child import has_state

if TYPE_CHECKING:
    from scons_tinyml.stages.oracle_child import Array

DISTRIBUTION = "ai-edge-litert"

_WITHOUT_REASON = f"it gives no reason, such as more memory than {ORACLE_MEMORY.name} in TINYML_LIMITS allows"
"""Reason when LiteRT raises an error without a text, as it does when it gets no memory."""

_CHILD = Child("scons_tinyml.stages.litert_child")


def oracle_for(tflite: bytes, where: Path | None = None) -> AnyOracle:
    """Return the oracle of a valid network. Raises EnvironmentProblem when a package is not installed."""
    return SegmentedOracle(tflite, where) if any(_only_in_litert(_read(tflite))) else Oracle(tflite, where)


def run_litert(tflite: bytes, inputs: Sequence[Array], where: Path | None = None) -> tuple[Array, ...]:
    """Return the outputs of one inference in LiteRT.

    Raises UnsupportedError when it cannot run the network.
    """
    return _ask(LitertRequest(tflite, inputs), where).outputs


def litert_shapes(tflite: bytes, inputs: Sequence[Array]) -> Mapping[int, tuple[int, ...]]:
    """Return the tensors' shapes in an inference, by number. Raises UnsupportedError like `run_litert`."""
    return _ask(LitertRequest(tflite, inputs, shapes=True), None).shapes


def _ask(request: LitertRequest, where: Path | None) -> LitertAnswer:
    try:
        answer: LitertAnswer = _CHILD.ask(request)[0]
        problem = answer.problem
    except ChildDied as death:
        if death.limit is not None:
            raise death.limit.refusal("more", UnsupportedError, where=where) from None
        answer, problem = LitertAnswer("refused"), str(death)
    if answer.kind == "refused":
        raise UnsupportedError(
            f"{litert_name()} cannot run the network: {problem or _WITHOUT_REASON}",
            where=where,
            hint="without its oracle a network cannot be checked, so that no firmware is built of it",
        )
    return answer


def litert_name() -> str:
    """Return name and version, 'ai-edge-litert 2.3.0'. Raises EnvironmentProblem when it is not installed."""
    try:
        return f"{DISTRIBUTION} {version(DISTRIBUTION)}"
    except PackageNotFoundError:
        raise EnvironmentProblem(
            f"the package {DISTRIBUTION} is not installed",
            hint="pip install scons-tinyml installs it, in a checkout ./bootstrap",
        ) from None


@dataclass(frozen=True)
class _Segment:
    """Neighbouring layers as a network; `inputs` and `outputs` are tensor numbers of the whole network."""

    oracle: Oracle | None
    """None for LiteRT."""
    tflite: bytes
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class SegmentedOracle:
    """A network in segments, some for TensorFlow Lite Micro and some for LiteRT.

    Raises UnsupportedError for a network with state, which segments cannot share.
    """

    def __init__(self, tflite: bytes, where: Path | None = None) -> None:
        model = _read(tflite)
        only_in_litert = _only_in_litert(model)
        listed = sorted({*only_in_litert} - {""})
        self.name = f"{oracle_name()} and {litert_name()} for {', '.join(listed)}"
        self._where = where
        if has_state(model):
            raise UnsupportedError(
                f"a network with {' and '.join(listed)} that keeps values between calls has no oracle",
                where=where,
                hint="keep the values outside of the network, as inputs and outputs of it",
            )
        self._inputs = tuple(map(int, model.subgraphs[0].inputs))
        self._outputs = tuple(map(int, model.subgraphs[0].outputs))
        self._segments = tuple(_segments(model, only_in_litert, where))

    def run(self, inputs: Sequence[Array], *, go_on: bool = False) -> list[Array]:  # noqa: ARG002
        """Return the outputs of one inference; `inputs` and outputs have the file's shapes and types."""
        values = self.trace(inputs)
        return [values[index] for index in self._outputs]

    def trace(self, inputs: Sequence[Array]) -> dict[int, Array]:
        """Return every activation of one inference by its number in the file."""
        if len(inputs) != len(self._inputs):
            raise ValueError(f"{len(inputs)} inputs are given, the network has {len(self._inputs)}")
        values = dict(zip(self._inputs, inputs, strict=True))
        for segment in self._segments:
            given = [values[index] for index in segment.inputs]
            if segment.oracle is not None:
                found = tuple(segment.oracle.run(given))
            else:
                found = run_litert(segment.tflite, given, self._where)
            values |= zip(segment.outputs, found, strict=True)
        return values


def _segments(model: Any, only_in_litert: Sequence[str], where: Path | None) -> Iterator[_Segment]:
    graph = model.subgraphs[0]
    operators = graph.operators
    written = set(map(int, graph.inputs))
    for in_litert, positions in groupby(
        range(len(operators)), lambda position: bool(only_in_litert[position])
    ):
        part = [operators[position] for position in positions]
        made = dict.fromkeys(int(index) for operator in part for index in operator.outputs)
        read = dict.fromkeys(int(index) for operator in part for index in operator.inputs)
        given = [index for index in read if index in written and index not in made]
        written |= made.keys()
        data = segment_of(model, part, given, list(made))
        yield _Segment(None if in_litert else Oracle(data, where), data, tuple(given), tuple(made))


def segment_of(model: Any, operators: Sequence[Any], inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
    """Return a file with only `operators` of `model` and the tensors and buffers that they use.

    All their results are outputs. Many segments together are as large as the whole file.
    """
    tensors, buffers = model.subgraphs[0].tensors, model.buffers
    used = dict.fromkeys(
        index
        for one in operators
        for index in (*present(one.inputs), *present(one.outputs), *present(one.intermediates))
    )
    place = {index: position for position, index in enumerate(used)}
    numbers = dict.fromkeys([0, *(tensors[index].buffer for index in used)])
    held = {number: position for position, number in enumerate(numbers)}
    segment, graph = copy(model), copy(model.subgraphs[0])
    graph.tensors = [_with(tensors[index], buffer=held[tensors[index].buffer]) for index in used]
    graph.operators = [
        _with(
            one,
            inputs=_placed(place, one.inputs),
            outputs=_placed(place, one.outputs),
            intermediates=_placed(place, one.intermediates),
        )
        for one in operators
    ]
    graph.inputs, graph.outputs = _placed(place, inputs), _placed(place, outputs)
    segment.subgraphs, segment.buffers = [graph], [buffers[number] for number in held]
    segment.signatureDefs = segment.metadata = segment.metadataBuffer = None
    return packed(segment)


def _placed(place: Mapping[int, int], found: Sequence[int] | None) -> list[int]:
    """Return tensor numbers in a segment; absent inputs stay absent."""
    return [place.get(index, index) for index in indices(found)]


def _with(table: Any, **fields: Any) -> Any:
    """Return a copy of a table with other values of `fields`."""
    found = copy(table)
    vars(found).update(fields)
    return found


def _read(tflite: bytes) -> Any:
    return schema().ModelT.InitFromObj(schema().Model.GetRootAs(tflite, 0))


def _only_in_litert(model: Any) -> list[str]:
    """Return for each layer its operator and type, 'GELU of float32', if LiteRT is its oracle, else ''."""
    found = ((view, find_operator(view.layer.operator)) for view in _views(model))
    return [
        f"{operator.name} of {view.input(operator.typed_input).type}"
        if operator and operator.is_judged_by_litert(view)
        else ""
        for view, operator in found
    ]


def _views(model: Any) -> Iterator[LayerView]:
    """Yield the layers; their tensors have types, shapes and zero points."""
    types, subgraph = enum_names("TensorType"), model.subgraphs[0]
    tensors = tuple(
        Tensor(
            index,
            "",
            tuple(indices(tensor.shape)),
            cast(TensorType, types.get(tensor.type, "").lower()),
            _zero_points(tensor),
        )
        for index, tensor in enumerate(subgraph.tensors)
    )
    layers = tuple(
        Layer(place, "", operator_name(model, one), _inputs(one), tuple(indices(one.outputs)), {})
        for place, one in enumerate(subgraph.operators)
    )
    return Graph("", tensors, layers, (), ()).views()


def _zero_points(tensor: Any) -> Quantization | None:
    points = indices(tensor.quantization.zeroPoint) if tensor.quantization else []
    return Quantization((), tuple(points)) if points else None


def _inputs(operator: Any) -> tuple[int | None, ...]:
    return tuple(None if index < 0 else index for index in indices(operator.inputs))


AnyOracle = Oracle | SegmentedOracle
