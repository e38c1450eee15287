"""A float `.tflite` in int8: types, scales, and outputs near those of the float network."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.errors import EnvironmentProblem, InputError, ModelFileError, UnsupportedError
from scons_tinyml.stages.graph.reader import CanonicalNetwork, canonical
from scons_tinyml.stages.litert import oracle_for
from scons_tinyml.stages.quantize import integer
from scons_tinyml.stages.quantize.integer import Types, quantize
from scons_tinyml.stages.quantize.sequences import calls
from support.stateful import remembering
from support.tflite_builder import NetworkBuilder, changed, to_tflite

WHERE = Path("net.tflite")
needs_quantizer = pytest.mark.skipif(
    find_spec("ai_edge_quantizer") is None, reason="pip install 'scons-tinyml[quantize]'"
)


def convolution(seed: int = 0, channels: int = 4, classes: int = 3) -> bytes:
    """A convolution, a sum with a constant, a matrix and a SOFTMAX, in float32."""
    net, random = NetworkBuilder(), np.random.default_rng(seed)

    def constant(*shape: int) -> int:
        return net.constant(random.normal(0, 0.5, shape).astype(np.float32))

    picture, last = net.activation((1, 6, 6, 2), "float32"), 4 * channels
    one, two = (net.activation((1, 2, 2, channels), "float32") for _ in range(2))
    flat, sums, result = (
        net.activation(shape, "float32") for shape in ((1, last), (1, classes), (1, classes))
    )
    net.layer(
        "CONV_2D",
        [picture, constant(channels, 3, 3, 2), constant(channels)],
        [one],
        padding="VALID",
        fused_activation_function="RELU",
        **dict.fromkeys(("stride_h", "stride_w"), 3),
        **dict.fromkeys(("dilation_h_factor", "dilation_w_factor"), 1),
    )
    net.layer("ADD", [one, constant(1, 1, 1, channels)], [two], fused_activation_function="NONE")
    net.layer("RESHAPE", [two, net.constant(np.array([1, last], np.int32))], [flat], new_shape=(1, last))
    net.layer(
        "FULLY_CONNECTED",
        [flat, constant(classes, last), constant(classes)],
        [sums],
        fused_activation_function="NONE",
        weights_format="DEFAULT",
        keep_num_dims=False,
    )
    net.layer("SOFTMAX", [sums], [result], beta=1.0)
    return to_tflite(net.finish([picture], [result]))


def one_layer(operator: str, *more: str) -> bytes:
    """Layers of one input and one output, one after the other."""
    net = NetworkBuilder()
    values = [net.activation((1, 5), "float32") for _ in range(len(more) + 2)]
    for place, name in enumerate((operator, *more)):
        net.layer(name, [values[place]], [values[place + 1]])
    return to_tflite(net.finish([values[0]], [values[-1]]))


def network(data: bytes) -> CanonicalNetwork:
    return canonical(data, WHERE)


def samples(found: CanonicalNetwork, count: int = 20, seed: int = 0) -> tuple[np.ndarray, ...]:
    shape = found.graph.tensors[found.graph.inputs[0]].shape
    return (np.random.default_rng(seed).normal(size=(count, *shape[1:])).astype(np.float32),)


def outputs(found: CanonicalNetwork, values: np.ndarray) -> np.ndarray:
    """Real outputs for all samples."""
    graph, oracle = found.graph, oracle_for(found.tflite)
    source, target = (graph.tensors[one[0]] for one in (graph.inputs, graph.outputs))
    results = np.array([oracle.run(calls(value, source))[0] for value in values], np.float32)
    if target.quantization is None:
        return results
    return np.float32(target.quantization.scales[0]) * (results - target.quantization.zero_points[0])


@needs_quantizer
@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(2, 8))
def test_outputs_are_near_those_of_the_float_network(seed, channels, classes):
    in_float = network(convolution(seed, channels, classes))
    values = samples(in_float, seed=seed)
    in_int8 = quantize(in_float, values, WHERE)
    assert in_int8.notes == ()
    np.testing.assert_allclose(outputs(in_int8, values[0]), outputs(in_float, values[0]), atol=0.1)


@needs_quantizer
def test_all_is_integer_with_the_scales_that_kernels_support():
    in_float = network(convolution())
    graph = quantize(in_float, samples(in_float), WHERE).graph
    assert [layer.operator for layer in graph.layers] == [layer.operator for layer in in_float.graph.layers]
    assert {tensor.type for tensor in graph.tensors} == {"int8", "int32"}
    scales = {
        view.layer.operator: len(view.input(1).quantization.scales)
        for view in graph.views()
        if view.layer.operator in ("CONV_2D", "FULLY_CONNECTED", "ADD")
    }
    assert scales == {"CONV_2D": 4, "FULLY_CONNECTED": 1, "ADD": 1}
    result = graph.tensors[graph.outputs[0]].quantization
    assert (result.scales, result.zero_points) == ((1 / 256,), (-128,))


@needs_quantizer
def test_ranges_are_those_of_the_samples():
    in_float = network(convolution())
    (values,) = samples(in_float)
    graph = quantize(in_float, (3 * values,), WHERE).graph
    (scale,) = graph.tensors[graph.inputs[0]].quantization.scales
    assert scale == pytest.approx(3 * (values.max() - values.min()) / 255, rel=1e-3)


@needs_quantizer
def test_the_same_samples_give_the_same_bytes():
    in_float = network(convolution())
    values = samples(in_float)
    assert quantize(in_float, values, WHERE).tflite == quantize(in_float, values, WHERE).tflite


@needs_quantizer
def test_operator_codes_of_old_files():
    """Such files have codes in a field of one byte alone, and 0 in the other one, which is ADD."""

    def old(model):
        for code in model.operatorCodes:
            code.builtinCode = 0

    new, before = (network(data) for data in (convolution(), changed(convolution(), old)))
    values = samples(new)
    assert quantize(before, values, WHERE).graph.tensors == quantize(new, values, WHERE).graph.tensors


@needs_quantizer
@pytest.mark.parametrize("name", [None, "", "same", "\n", "größer"])
def test_names_that_tensors_share_or_lack(name):
    def rename(model):
        for tensor in model.subgraphs[0].tensors:
            tensor.name = name

    found = network(changed(convolution(), rename))
    made = quantize(found, samples(found), WHERE)
    assert {tensor.type for tensor in made.graph.tensors} == {"int8", "int32"}


@needs_quantizer
def test_a_result_that_nothing_reads():
    net = NetworkBuilder()
    source = net.activation((1, 6), "float32")
    parts = [net.activation((1, 2), "float32") for _ in range(3)]
    result = net.activation((1, 2), "float32")
    net.layer("SPLIT", [net.constant(np.array(1, np.int32)), source], parts, num_splits=3)
    net.layer("TANH", [parts[2]], [result])
    in_float = network(to_tflite(net.finish([source], [result])))
    made = quantize(in_float, samples(in_float), WHERE)
    assert {one.type for one in made.graph.tensors if one.is_activation} == {"int8"}
    np.testing.assert_allclose(
        outputs(made, samples(in_float)[0]), outputs(in_float, samples(in_float)[0]), atol=0.05
    )


@needs_quantizer
def test_a_layer_without_an_int8_version_stays_float():
    in_float = network(one_layer("TANH", "ABS", "TANH"))
    made = quantize(in_float, samples(in_float), WHERE)
    assert made.notes == ("1 layer stays float32, as ai-edge-quantizer knows no int8 version: layer 2 (ABS)",)
    operators = [layer.operator for layer in made.graph.layers]
    assert operators == ["TANH", "DEQUANTIZE", "ABS", "QUANTIZE", "TANH"]
    np.testing.assert_allclose(
        outputs(made, samples(in_float)[0]), outputs(in_float, samples(in_float)[0]), atol=0.05
    )


@needs_quantizer
def test_a_network_of_such_layers_alone_is_refused():
    in_float = network(one_layer("ABS", "EXP"))
    with pytest.raises(
        UnsupportedError, match=r"knows no int8 version of any of its layers: layer 1 \(ABS\)"
    ):
        quantize(in_float, samples(in_float), WHERE)


@needs_quantizer
def test_integer_networks_are_not_quantized_again():
    in_float = network(convolution())
    once = quantize(in_float, samples(in_float), WHERE)
    with pytest.raises(InputError, match=r"has integer layers already, such as layer 0 \(CONV_2D\) of int8"):
        quantize(once, samples(in_float), WHERE)


@needs_quantizer
@pytest.mark.parametrize("operators", [("TANH", "ABS"), ("ABS", "TANH")])
def test_inputs_and_outputs_are_int8_also_where_their_layers_stay_float(operators):
    in_float = network(one_layer(*operators))
    graph = quantize(in_float, samples(in_float), WHERE).graph
    assert [graph.tensors[index].type for index in (*graph.inputs, *graph.outputs)] == ["int8", "int8"]


@needs_quantizer
def test_activations_of_16_bits():
    in_float = network(convolution())
    values = samples(in_float)
    made = quantize(in_float, values, WHERE, Types(16))
    assert made.graph.quantization == "int16x8"
    assert {tensor.type for tensor in made.graph.tensors} == {"int16", "int8", "int64", "int32"}
    both = (made, quantize(in_float, values, WHERE))
    wrong = [np.abs(outputs(one, values[0]) - outputs(in_float, values[0])).max() for one in both]
    assert wrong[0] < wrong[1]


@needs_quantizer
def test_layers_of_other_types():
    in_float = network(convolution())
    names = [layer.name for layer in in_float.graph.layers]
    made = quantize(in_float, samples(in_float), WHERE, Types(8, (names[-1],), (names[1],)))
    found = [(view.layer.operator, view.output().type) for view in made.graph.views()]
    assert found == [
        ("CONV_2D", "int8"),
        ("QUANTIZE", "int16"),
        ("ADD", "int16"),
        ("QUANTIZE", "int8"),
        ("RESHAPE", "int8"),
        ("FULLY_CONNECTED", "int8"),
        ("DEQUANTIZE", "float32"),
        ("SOFTMAX", "float32"),
        ("QUANTIZE", "int8"),
    ]
    assert made.notes == ()


@needs_quantizer
@pytest.mark.parametrize(
    ("types", "problem"),
    [
        (
            Types(8, ("tanh_9",)),
            "keep_float: has no layer 'tanh_9'; did you mean 'tanh_0'? Known: abs_1, tanh_0",
        ),
        (Types(8, ("tanh_0", "abs_1")), "keep_float: names all layers of the network"),
        (Types(8, (), ("abs_1",)), "keep_int16: ai-edge-quantizer .* knows no int16 version of layer abs_1"),
    ],
)
def test_layers_that_cannot_have_another_type(types, problem):
    in_float = network(one_layer("TANH", "ABS"))
    with pytest.raises(InputError, match=problem.replace("?", r"\?")):
        quantize(in_float, samples(in_float), WHERE, types)


@needs_quantizer
def test_samples_that_are_all_zero():
    in_float = network(one_layer("TANH"))
    with pytest.raises(ModelFileError, match=r"input scale .* is too small: the input hardly varies"):
        quantize(in_float, (np.zeros((3, 5), np.float32),), WHERE)


@needs_quantizer
@pytest.mark.parametrize("value", [1.0, 1e30])
def test_samples_that_are_all_equal(value):
    in_float = network(one_layer("TANH"))
    made = quantize(in_float, (np.full((3, 5), value, np.float32),), WHERE)
    assert np.isfinite(outputs(made, np.full((1, 5), value, np.float32))).all()


@needs_quantizer
def test_activations_without_an_end():
    in_float = network(one_layer("EXP", "TANH"))
    with pytest.raises(InputError, match="the activation 1 of the network is not finite"):
        quantize(in_float, (np.full((1, 5), 1000, np.float32),), WHERE)


@needs_quantizer
def test_tensorflow_is_not_imported():
    program = (
        "import sys\n"
        "from scons_tinyml.stages.quantize import integer\n"
        "integer._package(), integer._recipe(integer.Types(), {})\n"
        "sys.exit('tensorflow' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_package_is_missing(monkeypatch):
    def missing(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(integer, "import_module", missing)
    in_float = network(one_layer("TANH"))
    with pytest.raises(EnvironmentProblem) as caught:
        quantize(in_float, samples(in_float), WHERE)
    assert str(caught.value) == (
        "a float .tflite is quantized by ai-edge-quantizer, which cannot be imported: "
        "No module named 'ai_edge_quantizer.quantizer'\n"
        "  pip install 'scons-tinyml[quantize]'; or give an int8 .tflite"
    )


@pytest.mark.parametrize(("calls", "low"), [(1, 0), (2, -1)])
def test_ranges_of_sequences_begin_without_a_past(calls, low):
    """The output is the frame before: zeros in the first call of each sequence."""
    found = network(remembering())
    frames = np.full((3, calls, 2), -1, np.float32)
    ranges = integer.activation_ranges(found.tflite, found.graph, (frames,), WHERE)
    output = found.graph.tensors[found.graph.outputs[0]]
    assert ranges[output.file_index] == (low, 0)
