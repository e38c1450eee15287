"""Pass: write out IF and WHILE, whose branches and bodies are subgraphs, as layers of the network.

A loop is written out when its condition has the same values in every inference, as that of a loop over time steps.
Both branches of an IF are computed where the condition is not the same in every inference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, NoReturn

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.records.network_limits import LAYERS, TENSORS
from scons_tinyml.stages.graph.passes.base import Notes, Pass
from scons_tinyml.stages.graph.passes.model.fold_constants import fold
from scons_tinyml.stages.graph.tflite.model import TfliteModel, indices
from scons_tinyml.stages.graph.tflite.schema import schema
from scons_tinyml.stages.graph.tflite.subgraphs import called, callees, keep

_NAMES = ("IF", "WHILE")
_MOST_STEPS = 500
_HINT = (
    "LSTM, GRU and other recurrent layers of Keras are loops; with unroll=True their steps are written out, "
    "and the trained weights can be taken over"
)


def rewrite(model: TfliteModel) -> tuple[TfliteModel, Notes]:
    """Replace IF and WHILE by the layers of their subgraphs.

    Outputs stay equal: a loop whose condition is the same in every inference runs the same steps in each. Of the
    branches of an IF, SELECT_V2 chooses the values of the one that the condition names; layers without a state have
    no other effect. Raises UnsupportedError for other loops, and for a state inside.
    """
    control = _Control(model)
    if control.next() is not None:
        fold(model, model.operators)
    while (layer := control.next()) is not None:
        control.replace(layer)
    if control.notes:
        keep(model.tables, list(dict.fromkeys([0, *called(model.tables, 0)])))
    return model, tuple(control.notes)


class _Control:
    """The control flow of a model. Constants of a subgraph are one tensor for all of its copies."""

    def __init__(self, model: TfliteModel) -> None:
        self.model = model
        self.notes: list[str] = []
        self._constants: dict[tuple[int, int], int] = {}
        self._inserted = 0

    def next(self) -> Any | None:
        """Return the first IF or WHILE, None when there is none."""
        return next((layer for layer in self.model.operators if self.model.name(layer) in _NAMES), None)

    def replace(self, layer: Any) -> None:
        name, targets = self.model.name(layer), callees(self.model.tables, layer)
        if len(targets) != 2 or not all(0 < number < len(self.model.tables.subgraphs) for number in targets):
            self._refuse(layer, "calls a subgraph that does not exist")
        for number in targets:
            self._require_stateless(layer, number)
            if number in called(self.model.tables, number):
                self._refuse(layer, f"calls subgraph {number}, which calls itself")
        (self._replace_if if name == "IF" else self._replace_while)(layer, *targets)

    def _replace_if(self, layer: Any, then: int, otherwise: int) -> None:
        condition, *given = indices(layer.inputs)
        value = self.model.constant(condition)
        if value is not None:
            outputs = self._inline(layer, then if any(value) else otherwise, given)
            self._drop(layer, outputs)
            self.notes.append("an IF with a constant condition is the layers of one branch")
            return
        chosen = [self._inline(layer, number, given) for number in (then, otherwise)]
        self._require_outputs(layer, *chosen)
        for first, second, output in zip(*chosen, indices(layer.outputs), strict=True):
            self._insert(layer, self._select(condition, first, second, output))
        self.model.drop([layer])
        self.notes.append("both branches of an IF are computed, and SELECT_V2 chooses among their results")

    def _replace_while(self, layer: Any, condition: int, body: int) -> None:
        values, steps = indices(layer.inputs), 0
        while self._holds(layer, condition, values):
            steps += 1
            if steps > _MOST_STEPS:
                self._refuse(layer, f"has more than {_MOST_STEPS:,} steps")
            values = self._inline(layer, body, values)
            self._require_outputs(layer, values)
        self._drop(layer, values)
        self.notes.append(f"a loop of {steps} steps is written out")

    def _holds(self, layer: Any, condition: int, values: Sequence[int]) -> bool:
        """Return the condition of a loop; its layers are left out again. Raises UnsupportedError if it varies."""
        before = {id(operator) for operator in self.model.operators}
        (flag, *_) = self._inline(layer, condition, values) or [-1]
        self.model.drop([operator for operator in self.model.operators if id(operator) not in before])
        value = self.model.constant(flag) if flag >= 0 else None
        if value is None:
            self._refuse(layer, "is a loop whose number of steps depends on values that the network computes")
        return any(value)

    def _inline(self, layer: Any, number: int, given: Sequence[int]) -> list[int]:
        """Insert a copy of subgraph `number` before `layer`; return its outputs for the inputs `given`."""
        graph = self.model.tables.subgraphs[number]
        inputs = indices(graph.inputs)
        if len(inputs) != len(given):
            self._refuse(layer, f"passes {len(given)} tensors to a subgraph of {len(inputs)} inputs")
        self._inserted += len(graph.operators)
        where = self.model.source.path
        LAYERS.require(self._inserted, where=where, key="control flow", error=UnsupportedError)
        count = len(self.model.tensors) + len(graph.tensors)
        TENSORS.require(count, where=where, key="control flow", error=UnsupportedError)
        place = dict(zip(inputs, given, strict=True))
        for index in range(len(graph.tensors)):
            if index not in place:
                place[index] = self._copied(number, index)
        copies = [_moved(operator, place) for operator in graph.operators]
        for operator in copies:
            self._insert(layer, operator)
        fold(self.model, copies)
        return [place[index] for index in indices(graph.outputs)]

    def _copied(self, number: int, index: int) -> int:
        """Return a copy of a tensor of subgraph `number`, the same one for all copies of a constant."""
        table = self.model.tables.subgraphs[number].tensors[index]
        data = self.model.tables.buffers[table.buffer].data
        is_constant = data is not None and len(data) > 0
        if is_constant and (number, index) in self._constants:
            return self._constants[number, index]
        self.model.tensors.append(copy(table))
        if is_constant:
            self._constants[number, index] = len(self.model.tensors) - 1
        return len(self.model.tensors) - 1

    def _insert(self, layer: Any, operator: Any) -> None:
        operators = self.model.operators
        operators.insert(next(place for place, one in enumerate(operators) if one is layer), operator)

    def _select(self, condition: int, first: int, second: int, output: int) -> Any:
        operator = schema().OperatorT()
        operator.inputs, operator.outputs = [condition, first, second], [output]
        operator.builtinOptionsType = schema().BuiltinOptions.SelectV2Options
        operator.builtinOptions = schema().SelectV2OptionsT()
        self.model.set_name(operator, "SELECT_V2")
        return operator

    def _drop(self, layer: Any, outputs: Sequence[int]) -> None:
        self._require_outputs(layer, outputs)
        self.model.drop([layer], dict(zip(indices(layer.outputs), outputs, strict=True)))

    def _require_outputs(self, layer: Any, *found: Sequence[int]) -> None:
        count = len(indices(layer.outputs))
        if any(len(outputs) != count for outputs in found):
            self._refuse(
                layer, f"has {count} outputs, a subgraph {', '.join(str(len(one)) for one in found)}"
            )

    def _require_stateless(self, layer: Any, number: int) -> None:
        """Refuse a subgraph with a state that copies would not share, or that the branch not chosen would change."""
        tables, name = self.model.tables, self.model.name(layer)
        for index in (number, *called(tables, number)):
            graph = tables.subgraphs[index]
            names = {self.model.name(operator) for operator in graph.operators}
            changes = name == "IF" and names & {"ASSIGN_VARIABLE", "CALL_ONCE"}
            if changes or "CUSTOM" in names or any(table.isVariable for table in graph.tensors):
                self._refuse(layer, f"calls subgraph {index}, which keeps values between inferences")

    def _refuse(self, layer: Any, problem: str) -> NoReturn:
        place = next(place for place, one in enumerate(self.model.operators) if one is layer)
        where = f"layer {place} ({self.model.name(layer)})"
        raise UnsupportedError(problem, where=self.model.source.path, key=where, hint=_HINT)


def _moved(operator: Any, place: Mapping[int, int]) -> Any:
    """Return a copy of a layer with the tensors of `place`; absent inputs stay absent."""
    found = copy(operator)
    for field in ("inputs", "outputs", "intermediates"):
        numbers = getattr(operator, field)
        setattr(found, field, [place.get(index, index) for index in indices(numbers)])
    return found


PASS = Pass("inline_control_flow", rewrite)
