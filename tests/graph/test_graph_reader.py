from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scons_tinyml.stages.graph.ir import Quantization
from scons_tinyml.stages.graph.reader import read_noted, read_tflite
from support.mlperf import FLOAT, INT8, mlperf_file
from support.small_file import SMALL, small_network, write
from support.tflite_builder import NetworkBuilder, changed, schema, to_tflite


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

    found = read_tflite(write(tmp_path, changed(SMALL, add_unused)))
    assert [(tensor.index, tensor.file_index) for tensor in found.tensors] == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert [layer.inputs for layer in found.layers] == [(0, 1, None), (2,)]


def test_batch_may_be_open_in_the_signature(tmp_path: Path) -> None:
    def open_batch(model: Any) -> None:
        model.subgraphs[0].tensors[0].shapeSignature = [-1, 4]

    assert read_tflite(write(tmp_path, changed(SMALL, open_batch))).tensors[0].shape == (1, 4)


def test_scales_without_zero_points_have_zero_point_zero(tmp_path: Path) -> None:
    def drop(model: Any) -> None:
        model.subgraphs[0].tensors[2].quantization.zeroPoint = None

    found = read_tflite(write(tmp_path, changed(SMALL, drop))).tensors[2].quantization
    assert found == Quantization((0.25,), (0,))


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
    graph, _ = read_noted(path, without=("fold_constant_channels",))
    model = schema.ModelT.InitFromPackedBuf(path.read_bytes())
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
    named = replace(small_network(), input_names=("sound",), output_names=("word",))
    data = changed(named, lambda model: setattr(model.signatureDefs[0], "outputs", []))
    graph = read_tflite(write(tmp_path, data))
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
