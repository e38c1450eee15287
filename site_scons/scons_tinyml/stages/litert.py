"""The second oracle: LiteRT's reference kernels, for operators and types that TensorFlow Lite Micro lacks.

`is_judged_by_litert` of an operator selects such layers. A network with such a layer is divided into segments
of neighbouring layers with the same oracle. Segments run one after the other on each other's results. So each
layer is compared with the kernels that its own are modelled on: for some operators, LiteRT and TensorFlow
Lite Micro give different results (docs/oracles.md).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import accumulate, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from scons_tinyml.records.errors import EnvironmentProblem, UnsupportedError
from scons_tinyml.records.network_limits import ORACLE_MEMORY
from scons_tinyml.stages.child import Child, ChildDied
from scons_tinyml.stages.graph.ir import Graph, Layer, LayerView, Quantization, Tensor, TensorType
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.tflite.model import indices, operator_name, present
from scons_tinyml.stages.graph.tflite.schema import enum_names, schema
from scons_tinyml.stages.litert_child import LitertAnswer, LitertRequest
from scons_tinyml.stages.oracle import Oracle, Part, new_parts, oracle_name
from scons_tinyml.stages.oracle_child import has_state
from scons_tinyml.stages.segments import segment_of
from scons_tinyml.stages.variables import MOVES, Variables

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


Change = Callable[["Array"], "Array"]
"""Another value of an activation, in the same shape and type."""


@dataclass(frozen=True)
class _Segment:
    """Neighbouring layers as a network; `inputs` and `outputs` are tensor numbers of the whole network."""

    oracle: Oracle | None
    """None for LiteRT."""
    tflite: bytes
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    keeps: bool
    """True if it has a state."""

    def run(self, given: Sequence[Array], where: Path | None, *, go_on: bool) -> Sequence[Array]:
        """Return the values of `outputs`; `go_on` continues from the state after the previous call."""
        if self.oracle is None:
            return run_litert(self.tflite, given, where)
        return self.oracle.run(given, go_on=go_on and self.keeps)


@dataclass(frozen=True)
class _Moves:
    """Neighbouring reads and assignments of variables."""

    operators: tuple[Any, ...]


class SegmentedOracle:
    """A network in segments, some for TensorFlow Lite Micro and some for LiteRT.

    Variables keep their values here, a tensor that is marked as variable in the oracle of its segment. Raises
    UnsupportedError where layers of two segments share such a tensor, or one for LiteRT has it. `changes` are applied
    to activations, by number in the file, before other layers read them. Networks with the same `parts` stay loaded
    together.
    """

    def __init__(
        self,
        tflite: bytes,
        where: Path | None = None,
        *,
        changes: Mapping[int, Change] | None = None,
        parts: Iterator[Part] | None = None,
    ) -> None:
        self.tflite = tflite
        model = _read(tflite)
        only_in_litert = _only_in_litert(model)
        listed = sorted({*only_in_litert} - {""})
        self.name = (
            f"{oracle_name()} and {litert_name()} for {', '.join(listed)}" if listed else oracle_name()
        )
        self._where = where
        self._changes = changes or {}
        self._inputs = tuple(map(int, model.subgraphs[0].inputs))
        self._outputs = tuple(map(int, model.subgraphs[0].outputs))
        self._variables = Variables(model)
        self._traced = False
        self._steps = tuple(_steps(model, only_in_litert, self._changes, where, parts or new_parts()))

    def run(self, inputs: Sequence[Array], *, go_on: bool = False) -> list[Array]:
        """Return the outputs of one inference; `inputs` and outputs have the file's shapes and types.

        `go_on` continues from the state after the previous inference.
        """
        values = self._run(inputs, go_on=go_on)
        return [values[index] for index in self._outputs]

    def trace(self, inputs: Sequence[Array]) -> dict[int, Array]:
        """Return every activation of one inference by its number in the file.

        The state continues from trace to trace.
        """
        values = self._run(inputs, go_on=self._traced)
        self._traced = True
        return values

    def _run(self, inputs: Sequence[Array], *, go_on: bool) -> dict[int, Array]:
        if len(inputs) != len(self._inputs):
            raise ValueError(f"{len(inputs)} inputs are given, the network has {len(self._inputs)}")
        if not go_on:
            self._variables.reset()
        values = dict(zip(self._inputs, inputs, strict=True))
        for step in self._steps:
            if isinstance(step, _Moves):
                self._variables.run(step.operators, values)
            else:
                found = step.run([values[index] for index in step.inputs], self._where, go_on=go_on)
                values |= {
                    index: self._changes[index](value) if index in self._changes else value
                    for index, value in zip(step.outputs, found, strict=True)
                }
        return values


def _steps(
    model: Any,
    only_in_litert: Sequence[str],
    cuts: Container[int],
    where: Path | None,
    parts: Iterator[Part],
) -> Iterator[_Segment | _Moves]:
    graph = model.subgraphs[0]
    passed = list(
        accumulate((any(int(i) in cuts for i in one.outputs) for one in graph.operators), initial=0)
    )
    written, kept = set(map(int, graph.inputs)), _Kept(model, where)

    def place(position: int) -> tuple[str, int]:
        if operator_name(model, graph.operators[position]) in MOVES:
            return "moves", passed[position]
        return "litert" if only_in_litert[position] else "micro", passed[position]

    for number, ((where_run, _), positions) in enumerate(groupby(range(len(graph.operators)), place)):
        part = [graph.operators[position] for position in positions]
        made = dict.fromkeys(int(index) for operator in part for index in operator.outputs)
        read = dict.fromkeys(index for operator in part for index in present(operator.inputs))
        given = [index for index in read if index in written and index not in made]
        written |= made.keys()
        if where_run == "moves":
            yield _Moves(tuple(part))
            continue
        kept.require_alone(number, read, in_litert=where_run == "litert")
        data = segment_of(model, part, given, list(made))
        oracle = None if where_run == "litert" else Oracle(data, where, part=next(parts))
        yield _Segment(oracle, data, tuple(given), tuple(made), has_state(_read(data)))


class _Kept:
    """Tensors that are marked as variable, with the segment that has them."""

    def __init__(self, model: Any, where: Path | None) -> None:
        self._tensors = model.subgraphs[0].tensors
        self._where = where
        self._segment: dict[int, int] = {}

    def require_alone(self, number: int, read: Iterable[int], *, in_litert: bool) -> None:
        """Raise UnsupportedError if the segment `number` may not keep a tensor that it reads."""
        for index in read:
            if self._tensors[index].isVariable and (
                in_litert or self._segment.setdefault(index, number) != number
            ):
                raise UnsupportedError(
                    f"is kept between calls by layers that have two oracles: {oracle_name()} and {litert_name()}",
                    where=self._where,
                    key=f"tensor {index}",
                    hint="keep the values outside of the network, as inputs and outputs of it",
                )


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
