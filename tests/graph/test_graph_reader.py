from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.errors import InputError, ModelFileError, UnsupportedError
from scons_tinyml.stages.graph.ir import Graph, Quantization
from scons_tinyml.stages.graph.reader import read_tflite
from support.effort import examples
from support.mlperf import FLOAT, INT8, mlperf_file
from support.tflite_builder import NetworkBuilder, schema, to_tflite


def small_network() -> Graph:
    """FULLY_CONNECTED without a bias, per channel, then SOFTMAX."""
    net = NetworkBuilder("small")
    x = net.activation((1, 4), "int8", scale=0.5, zero_point=3)
    weights = net.constant(np.arange(12, dtype=np.int8).reshape(3, 4), scales=(0.1, 0.2, 0.3))
    y = net.activation((1, 3), "int8", scale=0.25)
    z = net.activation((1, 3), "int8", scale=1 / 256, zero_point=-128)
    net.layer(
        "FULLY_CONNECTED",
        [x, weights, None],
        [y],
        fused_activation_function="RELU6",
        weights_format="DEFAULT",
        keep_num_dims=True,
    )
    net.layer("SOFTMAX", [y], [z], beta=1.5)
    return net.finish([x], [z])


SMALL = to_tflite(small_network())


def write(folder: Path, data: bytes) -> Path:
    path = folder / "small.tflite"
    path.write_bytes(data)
    return path


def changed(change: Callable[[Any], None]) -> bytes:
    model = schema.ModelT.InitFromPackedBuf(SMALL)
    change(model)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def test_reads_what_was_written(tmp_path: Path) -> None:
    written = small_network()
    found = read_tflite(write(tmp_path, SMALL))
    tensors = tuple(replace(tensor, file_index=tensor.index) for tensor in written.tensors)
    assert replace(found, layers=()) == replace(written, tensors=tensors, layers=())
    for layer, expected in zip(found.layers, written.layers, strict=True):
        assert replace(layer, options={}) == replace(expected, options={})
        assert layer.options.items() >= expected.options.items()


def test_all_options_of_the_table_are_read_with_their_defaults(tmp_path: Path) -> None:
    assert read_tflite(write(tmp_path, SMALL)).layers[0].options == {
        "fused_activation_function": "RELU6",
        "weights_format": "DEFAULT",
        "keep_num_dims": True,
        "asymmetric_quantize_inputs": False,
        "quantized_bias_type": "FLOAT32",
        "quant_spec": (),
    }


def test_unused_tensors_are_left_out_and_the_others_know_their_number(tmp_path: Path) -> None:
    def add_unused(model: Any) -> None:
        unused = schema.TensorT()
        unused.shape, unused.type, unused.name = [7], schema.TensorType.FLOAT64, "unused"
        graph = model.subgraphs[0]
        graph.tensors.insert(0, unused)
        graph.inputs, graph.outputs = [1], [4]
        for operator in graph.operators:
            operator.inputs = [index + 1 if index >= 0 else -1 for index in operator.inputs]
            operator.outputs = [index + 1 for index in operator.outputs]

    found = read_tflite(write(tmp_path, changed(add_unused)))
    assert [(tensor.index, tensor.file_index) for tensor in found.tensors] == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert [layer.inputs for layer in found.layers] == [(0, 1, None), (2,)]


def test_batch_may_be_open_in_the_signature(tmp_path: Path) -> None:
    def open_batch(model: Any) -> None:
        model.subgraphs[0].tensors[0].shapeSignature = [-1, 4]

    assert read_tflite(write(tmp_path, changed(open_batch))).tensors[0].shape == (1, 4)


def test_scales_without_zero_points_have_zero_point_zero(tmp_path: Path) -> None:
    def drop(model: Any) -> None:
        model.subgraphs[0].tensors[2].quantization.zeroPoint = None

    found = read_tflite(write(tmp_path, changed(drop))).tensors[2].quantization
    assert found == Quantization((0.25,), (0,))


def _tensor(field: str, value: Any, index: int = 0) -> Callable[[Any], None]:
    return lambda model: setattr(model.subgraphs[0].tensors[index], field, value)


def _operator(field: str, value: Any) -> Callable[[Any], None]:
    return lambda model: setattr(model.subgraphs[0].operators[0], field, value)


def _subgraph(field: str, value: Any) -> Callable[[Any], None]:
    return lambda model: setattr(model.subgraphs[0], field, value)


def _code(builtin: int, custom: str | None = None) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        model.operatorCodes[0].builtinCode = builtin
        model.operatorCodes[0].deprecatedBuiltinCode = min(builtin, 127)
        model.operatorCodes[0].customCode = custom

    return change


def _activation(value: int) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        model.subgraphs[0].operators[0].builtinOptions.fusedActivationFunction = value

    return change


def _blockwise(model: Any) -> None:
    quantization = model.subgraphs[0].tensors[1].quantization
    quantization.detailsType = schema.QuantizationDetails.BlockwiseQuantization
    quantization.details = schema.BlockwiseQuantizationT()


def _second_subgraph(model: Any) -> None:
    model.subgraphs.append(model.subgraphs[0])


def _outside(model: Any) -> None:
    model.buffers[1].offset, model.buffers[1].size = 4096, 12


DAMAGED = [
    (lambda model: setattr(model, "version", 2), "version: found schema version 2, expected 3"),
    (lambda model: setattr(model, "subgraphs", []), "subgraphs: found none, expected 1"),
    (_subgraph("operators", []), "subgraph 0: has no operator"),
    (_subgraph("outputs", []), "subgraph 0: has no output"),
    (_subgraph("inputs", [9]), "inputs of the network: found tensor 9; the file has tensors 0 to 3"),
    (_subgraph("outputs", [-1]), "outputs of the network: found tensor -1; the file has tensors 0 to 3"),
    (_operator("opcodeIndex", 5), "layer 0: has operator code 5; the file has 2"),
    (
        _operator("inputs", [0, 77]),
        "layer 0 (FULLY_CONNECTED) inputs: found tensor 77; the file has tensors 0 to 3",
    ),
    (_operator("outputs", []), "layer 0 (FULLY_CONNECTED): has no output"),
    (_tensor("type", 99), "tensor 0 'tensor_0': found type number 99, which the schema does not have"),
    (_tensor("buffer", 8), "tensor 0 'tensor_0': has buffer 8; the file has 2"),
    (
        _tensor("shape", [3, 5], 1),
        "tensor 1 'tensor_1': buffer 1 has 12 bytes; shape [3, 5] of int8 takes 15",
    ),
    (
        _tensor("shapeSignature", [1, 2, 2]),
        "tensor 0 'tensor_0': shape [1, 4] and shape signature [1, 2, 2] differ in rank",
    ),
    (
        lambda model: setattr(model.subgraphs[0].tensors[0].quantization, "zeroPoint", [1, 2]),
        "tensor 0 'tensor_0': has 1 scales and 2 zero points",
    ),
]

UNSUPPORTED = [
    (
        _second_subgraph,
        "subgraphs: found 2; networks with control flow are not supported\n"
        "  LSTM, GRU and other recurrent layers of Keras are loops; with unroll=True their steps are written out, "
        "and the trained weights can be taken over",
    ),
    (
        _code(32, "MyOp"),
        "layer 0 (custom operator 'MyOp'): is not a builtin operator that this version knows",
    ),
    (_code(999), "layer 0 (operator code 999): is not a builtin operator that this version knows"),
    (
        _tensor("type", schema.TensorType.FLOAT16),
        "tensor 0 'tensor_0': type FLOAT16 is not supported\n"
        "  Known: int4, int8, uint8, bool, int16, int32, float32, int64",
    ),
    (
        _tensor("sparsity", schema.SparsityParametersT(), 1),
        "tensor 1 'tensor_1': sparse tensors are not supported\n  convert the network without sparsity",
    ),
    (
        lambda model: [
            change(model) for change in (_tensor("isVariable", True, 2), _tensor("shape", [2**29, 2], 2))
        ],
        "tensor 2 'tensor_2': keeps 1073741824 bytes between inferences, expected at most 16777216",
    ),
    (
        _tensor("shapeSignature", [1, -1]),
        "tensor 0 'tensor_0': has the dynamic shape [1, -1]\n  convert with a fixed input shape",
    ),
    (
        _tensor("shape", [-1, 4]),
        "tensor 0 'tensor_0': has the dynamic shape [-1, 4]\n  convert with a fixed input shape",
    ),
    (
        _tensor("shape", [2, 4]),
        "tensor 0 'tensor_0': is an input of the shape [2, 4]: batch 2, expected 1\n"
        "  convert the network with batch 1",
    ),
    (
        _blockwise,
        "tensor 1 'tensor_1': BlockwiseQuantization is not supported; expected scales and zero points",
    ),
    (_outside, "tensor 1 'tensor_1': buffer 1 lies outside of the flatbuffer (12 bytes at 4096)"),
]


@pytest.mark.parametrize(("change", "message"), DAMAGED, ids=[message[:40] for _, message in DAMAGED])
def test_damaged(tmp_path: Path, change: Callable[[Any], None], message: str) -> None:
    path = write(tmp_path, changed(change))
    with pytest.raises(ModelFileError) as caught:
        read_tflite(path)
    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.parametrize(("change", "message"), UNSUPPORTED, ids=[message[:40] for _, message in UNSUPPORTED])
def test_unsupported(tmp_path: Path, change: Callable[[Any], None], message: str) -> None:
    path = write(tmp_path, changed(change))
    with pytest.raises(UnsupportedError) as caught:
        read_tflite(path)
    assert str(caught.value) == f"{path}: {message}"


def test_option_value_that_the_schema_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="fused_activation_function has the value 77, which Activation"):
        read_tflite(write(tmp_path, changed(_activation(77))))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty; expected a TensorFlow Lite flatbuffer"),
        (b"abc", "is not a TensorFlow Lite flatbuffer: file identifier b'', expected b'TFL3'"),
        (
            b"\x89PNG\r\n\x1a\n",
            "is not a TensorFlow Lite flatbuffer: file identifier b'\\r\\n\\x1a\\n', expected b'TFL3'",
        ),
    ],
)
def test_other_files(tmp_path: Path, data: bytes, message: str) -> None:
    path = write(tmp_path, data)
    with pytest.raises(ModelFileError) as caught:
        read_tflite(path)
    assert str(caught.value) == f"{path}: {message}"


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no such file"):
        read_tflite(tmp_path / "absent.tflite")
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_tflite(tmp_path)


def _shared(entries: int) -> bytes:
    """A file whose tensors are `entries` times the same table, with a name as long as there are entries."""
    builder = flatbuffers.Builder(1024)
    name = builder.CreateString("n" * entries)
    schema.TensorStart(builder)
    schema.TensorAddName(builder, name)
    tensor = schema.TensorEnd(builder)
    schema.SubGraphStartTensorsVector(builder, entries)
    for _ in range(entries):
        builder.PrependUOffsetTRelative(tensor)
    tensors = builder.EndVector()
    outputs = builder.CreateNumpyVector(np.arange(entries, dtype=np.int32))
    schema.OperatorStart(builder)
    schema.OperatorAddOutputs(builder, outputs)
    operator = schema.OperatorEnd(builder)
    schema.SubGraphStartOperatorsVector(builder, 1)
    builder.PrependUOffsetTRelative(operator)
    operators = builder.EndVector()
    schema.SubGraphStart(builder)
    schema.SubGraphAddTensors(builder, tensors)
    schema.SubGraphAddOperators(builder, operators)
    schema.SubGraphAddOutputs(builder, outputs)
    return _finished(builder, schema.SubGraphEnd(builder))


def _finished(builder: flatbuffers.Builder, subgraph: int) -> bytes:
    code = schema.OperatorCodeT().Pack(builder)
    schema.ModelStartOperatorCodesVector(builder, 1)
    builder.PrependUOffsetTRelative(code)
    codes = builder.EndVector()
    buffer = schema.BufferT().Pack(builder)
    schema.ModelStartBuffersVector(builder, 1)
    builder.PrependUOffsetTRelative(buffer)
    buffers = builder.EndVector()
    schema.ModelStartSubgraphsVector(builder, 1)
    builder.PrependUOffsetTRelative(subgraph)
    subgraphs = builder.EndVector()
    schema.ModelStart(builder)
    schema.ModelAddVersion(builder, 3)
    schema.ModelAddOperatorCodes(builder, codes)
    schema.ModelAddBuffers(builder, buffers)
    schema.ModelAddSubgraphs(builder, subgraphs)
    builder.Finish(schema.ModelEnd(builder), b"TFL3")
    return bytes(builder.Output())


def test_one_table_named_often_does_not_unfold_into_gigabytes(tmp_path: Path) -> None:
    assert len(read_tflite(write(tmp_path, _shared(3))).tensors) == 3
    with pytest.raises(ModelFileError, match="its parts are larger than the file"):
        read_tflite(write(tmp_path, _shared(20_000)))


def _read_or_error(folder: Path, data: bytes) -> Graph | InputError:
    """Anything but a Graph or a typed error fails the test."""
    try:
        return read_tflite(write(folder, data))
    except (ModelFileError, UnsupportedError) as error:
        assert str(error).startswith(str(folder))
        return error


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def test_every_truncation(folder: Path) -> None:
    results = [_read_or_error(folder, SMALL[:length]) for length in range(len(SMALL))]
    assert not any(isinstance(result, Graph) for result in results[: len(SMALL) // 2])


@settings(max_examples=examples(200), deadline=2000)
@given(st.binary(max_size=400))
def test_random_bytes(folder: Path, data: bytes) -> None:
    _read_or_error(folder, data)
    assert isinstance(_read_or_error(folder, data[:4].ljust(4, b"\0") + b"TFL3" + data[4:]), InputError)


@settings(max_examples=examples(400), deadline=2000)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(SMALL) - 4),
            st.one_of(
                st.binary(min_size=1, max_size=4),
                st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f"]),
            ),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_mutated_file(folder: Path, changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(SMALL)
    for place, patch in changes:
        data[place : place + len(patch)] = patch
    _read_or_error(folder, bytes(data))


@pytest.mark.parametrize("name", ["kws_ref_model", "pretrainedResnet_quant"])
@settings(max_examples=examples(40), deadline=None)
@given(data=st.data())
def test_mutated_real_file(folder: Path, name: str, data: st.DataObject) -> None:
    original = bytearray(mlperf_file(name).read_bytes())
    # Tables and vectors of indices stand before the weights in the first part, or after them in the last.
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(
            st.one_of(st.integers(0, 4096), st.integers(len(original) - 16384, len(original) - 4))
        )
        original[place : place + 4] = data.draw(st.binary(min_size=4, max_size=4))
    _read_or_error(folder, bytes(original))


OPERATORS = {
    "ad01_int8": ["FULLY_CONNECTED"] * 10,
    "ad01_fp32": ["FULLY_CONNECTED"] * 10,
    "kws_ref_model": [
        "CONV_2D",
        *["DEPTHWISE_CONV_2D", "CONV_2D"] * 4,
        *("AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"),
    ],
    "vww_96_int8": [
        "CONV_2D",
        *["DEPTHWISE_CONV_2D", "CONV_2D"] * 13,
        *("AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"),
    ],
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_of_the_mlperf_networks(name: str) -> None:
    graph = read_tflite(mlperf_file(name))
    assert [layer.operator for layer in graph.layers] == OPERATORS[name]
    assert graph.layers[3].name == f"{graph.layers[3].operator.lower()}_3"


@pytest.mark.parametrize("name", [*INT8, *FLOAT])
def test_agrees_with_the_object_interface_of_the_schema(name: str) -> None:
    path = mlperf_file(name)
    graph, model = read_tflite(path), schema.ModelT.InitFromPackedBuf(path.read_bytes())
    tables = model.subgraphs[0].tensors
    for tensor in graph.tensors:
        table = tables[tensor.file_index]
        data = model.buffers[table.buffer].data
        assert (tensor.name, tensor.shape) == (table.name.decode(), tuple(table.shape))
        assert tensor.data == (None if data is None else bytes(data))
        if tensor.quantization:
            assert tensor.quantization.scales == tuple(table.quantization.scale)
            assert tensor.quantization.zero_points == tuple(table.quantization.zeroPoint)


def test_reading_loads_neither_tensorflow_nor_the_native_interpreter(tmp_path: Path) -> None:
    path = write(tmp_path, SMALL)
    code = (
        "import sys; from pathlib import Path\n"
        "from scons_tinyml.stages.graph.reader import read_tflite\n"
        f"read_tflite(Path({str(path)!r}))\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'tensorflow', 'tflite_micro'}))"
    )
    site_scons = Path(__file__).parents[2] / "site_scons"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=site_scons, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_names_of_inputs_and_outputs_are_those_of_the_signature(tmp_path: Path) -> None:
    named = replace(small_network(), input_names=("sound",), output_names=("word",))
    graph = read_tflite(write(tmp_path, to_tflite(named)))
    assert (graph.input_names, graph.output_names) == (("sound",), ("word",))


def test_a_signature_that_leaves_an_output_out_names_none(tmp_path: Path) -> None:
    data = bytearray(to_tflite(replace(small_network(), input_names=("sound",), output_names=("word",))))

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
    model.signatureDefs[0].outputs = []
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    graph = read_tflite(write(tmp_path, bytes(builder.Output())))
    assert (graph.input_names, graph.output_names) == (("sound",), ())


def test_only_where_no_input_has_batch_1_is_the_first_size_a_batch(tmp_path: Path) -> None:
    net = NetworkBuilder()
    image, table = net.activation((1, 4), "float32"), net.activation((3, 4), "float32")
    total = net.activation((3, 4), "float32")
    net.layer("ADD", [image, table], [total], fused_activation_function="NONE")
    assert read_tflite(write(tmp_path, to_tflite(net.finish([image, table], [total])))).inputs == (0, 1)


@pytest.mark.parametrize(("zero_point", "byte"), [(0, 0), (-128, 0x80), (5, 5)])
def test_a_variable_tensor_begins_at_its_zero_point(tmp_path: Path, zero_point: int, byte: int) -> None:
    net = NetworkBuilder()
    x, kept, y = (net.activation((1, 4), "int8", scale=0.5, zero_point=zero_point) for _ in range(3))
    net.layer("ADD", [x, kept], [y], fused_activation_function="NONE")
    graph = net.finish([x], [y])
    tensors = (graph.tensors[0], replace(graph.tensors[1], state=bytes(4)), graph.tensors[2])
    found = read_tflite(write(tmp_path, to_tflite(replace(graph, tensors=tensors))))
    assert [tensor.state for tensor in found.tensors] == [None, bytes([byte] * 4), None]
