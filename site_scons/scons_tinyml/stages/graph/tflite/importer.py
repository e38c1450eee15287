"""Import the bytes of a `.tflite` file as a typed graph, without rewriting layers.

Format: the TensorFlow Lite schema, version 3 (file identifier "TFL3"). It supports one subgraph with
operators, builtin ones and custom ones of known codes, on dense tensors of fixed shape, and subgraphs that set
its variables once. Errors for other content name its place in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, cast

from scons_tinyml.records.errors import ModelFileError, UnsupportedError
from scons_tinyml.records.input_file import read_file
from scons_tinyml.records.network_limits import (
    ACTIVATION_BYTES,
    CONSTANT_BYTES,
    DIMENSIONS,
    NETWORK_FILE,
    STATE_BYTES,
)
from scons_tinyml.stages.graph.elsewhere import ELSEWHERE
from scons_tinyml.stages.graph.ir import (
    ITEM_BYTES,
    Graph,
    Layer,
    Quantization,
    Tensor,
    TensorType,
    renumbered,
)
from scons_tinyml.stages.graph.operators import custom_operators
from scons_tinyml.stages.graph.tflite.flatbuffer import Damaged, Flatbuffer, Table
from scons_tinyml.stages.graph.tflite.foreign import compiled_for, description
from scons_tinyml.stages.graph.tflite.hidden_states import with_hidden_states
from scons_tinyml.stages.graph.tflite.schema import enum_names
from scons_tinyml.stages.graph.tflite.signature import signature_names
from scons_tinyml.stages.graph.tflite.variables import (
    WITHOUT_OUTPUT,
    Variable,
    Variables,
    assignments,
    at_rest,
    called_once,
)

_IDENTIFIER = b"TFL3"
_HEADER_BYTES = 8
_TYPES = ("int4", *ITEM_BYTES)
_ABSENT = -1
_CUSTOM = "custom operator "


def read_flatbuffer(path: Path) -> bytes:
    """Return the bytes of the file `path`.

    Raises ModelFileError for a file that is not regular or too large, and when its header is not TensorFlow
    Lite's.
    """
    data = read_file(path, NETWORK_FILE)
    _check_header(path, data)
    return data


def import_graph(path: Path, data: bytes) -> Graph:
    """Return the network in `data`, the bytes of the file `path`, which gives its name.

    Raises ModelFileError when the bytes are damaged, UnsupportedError when they are valid but this version
    cannot run them.
    """
    with refusing_damage(path, data):
        return _Importer(path, Flatbuffer(data, path)).graph()


@contextmanager
def refusing_damage(path: Path, data: bytes) -> Iterator[None]:
    """Turn Damaged, raised inside of the block, into a ModelFileError of the file `path`."""
    try:
        yield
    except Damaged as damage:
        raise ModelFileError(
            f"is not a valid TensorFlow Lite flatbuffer of {len(data)} bytes: {damage}",
            where=path,
            hint="truncated or overwritten? Copy or convert the network again",
        ) from None


def _check_header(path: Path, data: bytes) -> None:
    if not data:
        raise ModelFileError("is empty; expected a TensorFlow Lite flatbuffer", where=path)
    found = data[4:_HEADER_BYTES]
    if found != _IDENTIFIER and (known := description(data)):
        raise ModelFileError(known, where=path)
    if found != _IDENTIFIER:
        raise ModelFileError(
            f"is not a TensorFlow Lite flatbuffer: file identifier {found!r}, expected {_IDENTIFIER!r}",
            where=path,
        )


_NO_LOOPS = (
    "LSTM, GRU and other recurrent layers of Keras are loops; with unroll=True their steps are written out, "
    "and the trained weights can be taken over"
)


class _Importer:
    def __init__(self, path: Path, file: Flatbuffer) -> None:
        self.path = path
        self.file = file
        self.model = file.root()
        self.buffers = file.tables(self.model, "Buffers")
        self.constants: dict[int, bytes] = {}
        self.compiled: dict[str, str] = {}
        self.constant_bytes = self.state_bytes = 0

    def graph(self) -> Graph:
        subgraph, *others = self._subgraphs()
        tables = self.file.tables(subgraph, "Tensors")
        operators = self.file.tables(subgraph, "Operators")
        if not operators:
            self._fail("subgraph 0", "has no operator")
        codes = [self._operator_code(code) for code in self.file.tables(self.model, "OperatorCodes")]
        found = [self._layer(index, table, codes, len(tables)) for index, table in enumerate(operators)]
        variables = Variables(found, self._initial_values(found, codes, others))
        inputs = self._indices("inputs of the network", self.file.numbers(subgraph, "Inputs"), len(tables))
        outputs = self._indices("outputs of the network", self.file.numbers(subgraph, "Outputs"), len(tables))
        if not outputs:
            self._fail("subgraph 0", "has no output")
        layers = variables.layers
        written = {*inputs, *(index for layer in layers for index in layer.outputs)}
        read = {index for layer in layers for index in layer.inputs if index is not None}
        used = sorted(written | read | set(outputs))
        tensors = {
            index: self._tensor(index, tables[index], index in written)
            for index in used
            if index not in variables.states
        }
        tensors |= {
            index: self._state(variables, index, tensors) for index in variables.states if index in used
        }
        tensors = dict(sorted(tensors.items()))
        names = signature_names(self.file, self.model, inputs, outputs)
        whole = Graph(self.path.stem, tuple(tensors.values()), layers, inputs, outputs, *names)
        return with_hidden_states(renumbered(whole), self.path)

    def _subgraphs(self) -> tuple[Table, ...]:
        version = self.file.scalar(self.model, "Version")
        if version != 3:
            self._fail("version", f"found schema version {version}, expected 3")
        subgraphs = self.file.tables(self.model, "Subgraphs")
        if not subgraphs:
            self._fail("subgraphs", "found none, expected 1")
        return subgraphs

    def _initial_values(
        self, layers: Sequence[Layer], codes: list[str], others: Sequence[Table]
    ) -> dict[Variable, Tensor]:
        """Return constants that subgraphs called once assign to variables."""
        called = {number for layer in layers if (number := called_once(layer)) is not None}
        if called != set(range(1, len(others) + 1)):
            problem = f"found {len(others) + 1}; networks with control flow are not supported"
            self._refuse("subgraphs", problem, _NO_LOOPS)
        values: dict[Variable, Tensor] = {}
        for number in sorted(called):
            values |= self._assigned_once(number, others[number - 1], codes)
        return values

    def _assigned_once(self, number: int, subgraph: Table, codes: list[str]) -> dict[Variable, Tensor]:
        tables = self.file.tables(subgraph, "Tensors")
        operators = enumerate(self.file.tables(subgraph, "Operators"))
        layers = [self._layer(index, table, codes, len(tables)) for index, table in operators]
        for layer in layers:
            if layer.operator not in ("VAR_HANDLE", "ASSIGN_VARIABLE"):
                problem = f"computes with {layer.operator}; only constants can be assigned to variables once"
                self._refuse(f"subgraph {number}", problem)
        values = {}
        for variable, index in assignments(layers):
            values[variable] = self._tensor(index, tables[index], written=False)
            if not values[variable].is_constant:
                self._refuse(
                    f"subgraph {number}", f"assigns tensor {index}, which is no constant, to a variable"
                )
        return values

    def _state(self, variables: Variables, index: int, tensors: Mapping[int, Tensor]) -> Tensor:
        """Return the variable at `index` as a tensor, typed and shaped like its reads and assignments."""
        where = f"variable '{variables.states[index].name}'"
        first = variables.initial.get(variables.states[index])
        found = [tensors[value] for value in variables.values(index) if value in tensors]
        found += [first] if first else []
        kinds = {(one.type, one.elements) for one in found}
        if len(kinds) != 1:
            self._refuse(where, f"holds values of {len(kinds)} types or sizes, expected the same everywhere")
        self._check_state(where, found[0])
        state = (first.data or b"") if first else bytes(found[0].size_bytes)
        return replace(
            found[0], index=index, name=variables.states[index].name, data=None, file_index=index, state=state
        )

    def _operator_code(self, code: Table) -> str:
        """Return the name of the operator; older files have the code in a one-byte field."""
        number = max(self.file.scalar(code, "BuiltinCode"), self.file.scalar(code, "DeprecatedBuiltinCode"))
        name = enum_names("BuiltinOperator").get(number, f"operator code {number}")
        if name != "CUSTOM":
            return name
        custom = self.file.text(code, "CustomCode")
        self.compiled |= {f"{_CUSTOM}'{custom}'": problem for problem in [compiled_for(custom)] if problem}
        return custom_operators().get(custom, f"{_CUSTOM}'{custom}'")

    def _layer(self, index: int, table: Table, codes: list[str], tensors: int) -> Layer:
        code = self.file.scalar(table, "OpcodeIndex")
        if code >= len(codes):
            self._fail(f"layer {index}", f"has operator code {code}; the file has {len(codes)}")
        operator = codes[code]
        where = f"layer {index} ({operator})"
        is_custom = operator in custom_operators().values()
        if not is_custom and operator not in enum_names("BuiltinOperator").values():
            problem = self.compiled.get(operator, "is not a builtin operator that this version knows")
            known = ELSEWHERE.get(operator.removeprefix(_CUSTOM).strip("'"))
            self._refuse(where, problem, None if operator in self.compiled else known)
        found = self.file.numbers(table, "Inputs")
        present = set(self._indices(f"{where} inputs", (i for i in found if i != _ABSENT), tensors))
        inputs = tuple(number if number in present else None for number in found)
        outputs = self._indices(f"{where} outputs", self.file.numbers(table, "Outputs"), tensors)
        if not outputs and operator not in WITHOUT_OUTPUT:
            self._fail(where, "has no output")
        name = f"{operator.lower()}_{index}"
        options = self.file.custom_options(table) if is_custom else self.file.options(table, operator)
        return Layer(index, name, operator, inputs, outputs, options)

    def _indices(self, where: str, found: Iterable[int], count: int) -> tuple[int, ...]:
        indices = tuple(found)
        for index in indices:
            if not 0 <= index < count:
                self._fail(where, f"found tensor {index}; the file has tensors 0 to {count - 1}")
        return indices

    def _tensor(self, index: int, table: Table, written: bool) -> Tensor:
        name = self.file.text(table, "Name")
        where = f"tensor {index} '{name}'"
        number = self.file.scalar(table, "Type")
        type_name = enum_names("TensorType").get(number)
        if type_name is None:
            self._fail(where, f"found type number {number}, which the schema does not have")
        if type_name.lower() not in _TYPES:
            self._refuse(where, f"type {type_name} is not supported", f"Known: {', '.join(_TYPES)}")
        if self.file.table(table, "Sparsity") is not None:
            self._refuse(where, "sparse tensors are not supported", "convert the network without sparsity")
        tensor = Tensor(
            index=index,
            name=name,
            shape=self._shape(where, table),
            type=cast(TensorType, type_name.lower()),
            quantization=self._quantization(where, table) if type_name != "FLOAT32" else None,
            file_index=index,
        )
        if self.file.scalar(table, "IsVariable"):
            self._check_state(where, tensor)
            return replace(tensor, state=at_rest(tensor))
        return self._with_constant(where, tensor, self.file.scalar(table, "Buffer"), written)

    def _shape(self, where: str, table: Table) -> tuple[int, ...]:
        """Return the shape of a tensor.

        Its signature may leave the batch (dimension 0) open if the shape has 1.
        """
        shape = self.file.numbers(table, "Shape")
        DIMENSIONS.require(len(shape), where=self.path, key=where, error=UnsupportedError)
        signature = self.file.numbers(table, "ShapeSignature") or shape
        if len(signature) != len(shape):
            self._fail(where, f"shape {_text(shape)} and shape signature {_text(signature)} differ in rank")
        open_batch = signature[:1] == (-1,) and shape[0] == 1
        if min(shape, default=1) < 0 or min(signature[1 if open_batch else 0 :], default=1) < 0:
            self._refuse(
                where, f"has the dynamic shape {_text(signature)}", "convert with a fixed input shape"
            )
        return shape

    def _quantization(self, where: str, table: Table) -> Quantization | None:
        parameters = self.file.table(table, "Quantization")
        if parameters is None:
            return None
        kind = self.file.scalar(parameters, "DetailsType")
        if kind:
            found = enum_names("QuantizationDetails").get(kind, f"quantization details {kind}")
            self._refuse(where, f"{found} is not supported; expected scales and zero points")
        scales = self.file.numbers(parameters, "Scale")
        zero_points = self.file.numbers(parameters, "ZeroPoint") or (0,) * len(scales)
        if len(scales) != len(zero_points):
            self._fail(where, f"has {len(scales)} scales and {len(zero_points)} zero points")
        axis = self.file.scalar(parameters, "QuantizedDimension")
        return Quantization(scales, zero_points, axis) if scales else None

    def _with_constant(self, where: str, tensor: Tensor, buffer: int, written: bool) -> Tensor:
        if buffer >= len(self.buffers):
            self._fail(where, f"has buffer {buffer}; the file has {len(self.buffers)}")
        data = self._buffer(where, buffer)
        if not data and (written or tensor.elements):
            ACTIVATION_BYTES.require(tensor.size_bytes, where=self.path, key=where, error=UnsupportedError)
            return tensor
        if len(data) != tensor.size_bytes:
            shape = f"shape {_text(tensor.shape)} of {tensor.type}"
            self._fail(where, f"buffer {buffer} has {len(data)} bytes; {shape} takes {tensor.size_bytes}")
        self.constant_bytes += len(data)
        CONSTANT_BYTES.require(self.constant_bytes, where=self.path, key=where)
        return replace(tensor, data=data)

    def _buffer(self, where: str, number: int) -> bytes:
        """Return the bytes of a buffer.

        Refuses data behind the flatbuffer (offset over 1), as in files over 2 GiB.
        """
        if number not in self.constants:
            table = self.buffers[number]
            start, size = (self.file.scalar(table, field) for field in ("Offset", "Size"))
            if start > 1:
                self._refuse(
                    where, f"buffer {number} lies outside of the flatbuffer ({size} bytes at {start})"
                )
            self.constants[number] = self.file.blob(table, "Data")
        return self.constants[number]

    def _check_state(self, where: str, tensor: Tensor) -> None:
        self.state_bytes += tensor.size_bytes
        STATE_BYTES.require(self.state_bytes, where=self.path, key=where, error=UnsupportedError)

    def _fail(self, key: str, problem: str) -> NoReturn:
        raise ModelFileError(problem, where=self.path, key=key)

    def _refuse(self, key: str, problem: str, hint: str | None = None) -> NoReturn:
        raise UnsupportedError(problem, where=self.path, key=key, hint=hint)


def _text(shape: tuple[int, ...]) -> str:
    return f"[{', '.join(str(size) for size in shape)}]"
