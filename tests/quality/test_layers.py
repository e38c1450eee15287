"""Outputs, weights, pairs and causes of layers, from small arrays and graphs with known answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.quality import ActivationQuality, WeightQuality
from scons_tinyml.stages.graph.ir import Quantization, Tensor
from scons_tinyml.stages.quality.causes import Figures, cause_of
from scons_tinyml.stages.quality.figures import histogram
from scons_tinyml.stages.quality.outputs import OutputFigures, real
from scons_tinyml.stages.quality.weights import constant, dequantized, weight_quality
from scons_tinyml.stages.quantize.pairs import pairs
from support.tflite_builder import NetworkBuilder


def activation(type_="int8", scale=0.5, zero_point=0, shape=(1, 4)):
    quantization = None if type_ == "float32" else Quantization((scale,), (zero_point,))
    return Tensor(0, "values", shape, type_, quantization)


def figures(tensor, *outputs):
    """Return the record of a layer with these outputs, pairs of integers and float values."""
    found = OutputFigures(tensor)
    for integers, values in outputs:
        as_array = np.array(integers, np.dtype(tensor.type)).reshape(tensor.shape)
        found.add(as_array, None if values is None else np.array(values, np.float32))
    return found


def test_output_of_a_layer():
    found = figures(activation(), ([2, 4, 6, 8], [1, 2, 3, 4.5]), ([0, 0, 0, -2], [0, 0, 0, -1]))
    record = found.record()
    assert (record.least, record.greatest) == (-1, 4.5)
    assert (record.quantized_low, record.quantized_high, record.step) == (-64, 63.5, 0.5)
    assert record.saturated == 0
    signal, noise = 1 + 4 + 9 + 4.5**2 + 1, 0.25
    assert found.noise.db() == pytest.approx(10 * np.log10(signal / noise))
    assert (record.outlier_ratio, record.outlier_channel) == (pytest.approx(5.5 / 2.5), 3)


def test_float_values_beyond_the_range_are_saturated():
    record = figures(activation(), ([127, 127, -128, 0], [63.5, 80, -90, 64])).record()
    assert record.saturated == 2 / 4  # 64 is within a step


def test_integers_at_an_end_where_nothing_is_compared():
    both = figures(activation(), ([127, 127, -128, 0], None)).record()
    assert both.saturated == 3 / 4
    after_relu = figures(activation(zero_point=-128), ([127, -128, -128, 0], None)).record()
    assert after_relu.saturated == 1 / 4  # -128 stands for 0
    assert (after_relu.quantized_low, after_relu.least) == (0, 0)


def test_a_float_layer_has_no_step():
    record = figures(activation("float32"), ([1, 2, 3, 4], [1, 2, 3, 4])).record()
    assert (record.step, record.quantized_low, record.saturated) == (None, None, None)


def test_nothing_without_samples():
    assert OutputFigures(activation()).record() is None
    assert OutputFigures(activation()).noise.db() is None


@given(st.lists(st.integers(-128, 127), min_size=1, max_size=20), st.integers(-128, 127))
def test_quantized_values_of_themselves_have_no_noise(integers, zero_point):
    tensor = activation(zero_point=zero_point, shape=(1, len(integers)))
    values = real(np.array(integers, np.int8), tensor)
    found = figures(tensor, (integers, values))
    assert found.noise.db() in (0, 150)  # 0 for a signal of zeros
    assert found.record().saturated == 0


def dense(type_, weights, **quantized):
    """A matrix with three outputs, of float32 or int8."""
    net = NetworkBuilder()
    source = net.activation((1, 2), type_, **({"scale": 0.1} if type_ == "int8" else {}))
    target = net.activation((1, 3), type_, **({"scale": 0.1} if type_ == "int8" else {}))
    options = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
    net.layer("FULLY_CONNECTED", [source, net.constant(weights, **quantized), None], [target], **options)
    return net.finish([source], [target])


def test_weights_above_their_codes():
    values = np.array([[1, -1], [0.5, 0.26], [8, 4]], np.float32)
    codes = np.array([[4, -4], [2, 1], [32, 16]], np.int8)
    (view,) = dense("int8", codes, scales=[0.25]).views()
    (original,) = dense("float32", values).views()
    found = weight_quality(view, original)
    assert (found.elements, found.scales) == (6, 1)
    assert (found.values.low, found.values.high, sum(found.values.counts)) == (-1, 8, 6)
    assert found.codes == histogram(codes, -128, 128)
    power = np.square(values.astype(np.float64)).sum()
    assert found.snr_db == pytest.approx(10 * np.log10(power / 0.01**2), abs=1e-3)
    assert found.outlier_ratio == pytest.approx(8 / 1)


def test_weights_without_a_float_version():
    (view,) = dense("int8", np.array([[4, -4], [2, 1], [32, 16]], np.int8), scales=[0.25]).views()
    found = weight_quality(view, None)
    assert (found.values, found.snr_db) == (None, None)
    assert found.outlier_ratio == pytest.approx(8)


def test_float_layers_have_no_codes():
    (view,) = dense("float32", np.ones((3, 2), np.float32)).views()
    assert weight_quality(view, view) is None


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 1), st.integers(0, 2**16))
def test_each_channel_has_its_scale(rows, columns, axis, seed):
    random = np.random.default_rng(seed)
    codes = random.integers(-128, 128, (rows, columns)).astype(np.int8)
    scales = random.random(codes.shape[axis]) + 0.1
    if len(scales) == 1:
        return
    found = dequantized(codes, Quantization(tuple(scales), (0,) * len(scales), axis))
    expected = codes * (scales[:, None] if axis == 0 else scales[None, :])
    np.testing.assert_allclose(found, expected)


@given(st.lists(st.integers(-8, 7), min_size=1, max_size=9))
def test_two_codes_of_four_bits_are_in_a_byte(codes):
    low, high = codes[::2], [*codes[1::2], *([0] if len(codes) % 2 else [])]
    packed = bytes((a & 15) | (b & 15) << 4 for a, b in zip(low, high, strict=True))
    tensor = Tensor(0, "w", (len(codes),), "int4", Quantization((1.0,), (0,)), packed)
    assert constant(tensor).tolist() == codes


def chain(*operators, type_="float32", names=None):
    net = NetworkBuilder()
    tensors = [net.activation((1, 4), type_) for _ in range(len(operators) + 1)]
    for place, name in enumerate(operators):
        net.layer(name, [tensors[place]], [tensors[place + 1]])
    graph = net.finish([tensors[0]], [tensors[-1]])
    if names is None:
        return graph
    renamed = tuple(
        Tensor(one.index, name, one.shape, one.type, one.quantization)
        for one, name in zip(graph.tensors, names, strict=True)
    )
    return type(graph)(graph.name, renamed, graph.layers, graph.inputs, graph.outputs)


def paired(quantized, original):
    return {place: view.layer.index for place, view in pairs(quantized, original).items()}


def test_layers_are_paired_by_their_order_around_conversions():
    quantized = chain("TANH", "DEQUANTIZE", "ABS", "QUANTIZE", "TANH")
    assert paired(quantized, chain("TANH", "ABS", "TANH")) == {0: 0, 2: 1, 4: 2}


def test_layers_are_paired_by_name_where_the_order_differs():
    quantized = chain("TANH", "ABS", names=("in", "a", "b"))
    original = chain("ABS", "TANH", "ABS", names=("in", "x", "a", "b"))
    assert paired(quantized, original) == {0: 1, 1: 2}


def test_names_that_are_shared_or_of_another_operator_pair_nothing():
    quantized = chain("TANH", "ABS", names=("in", "a", "a"))
    assert paired(quantized, chain("TANH", "ABS", "ABS", names=("in", "a", "b", "c"))) == {}
    other = chain("ABS", "ABS", "ABS", names=("in", "a", "b", "c"))
    assert paired(chain("TANH", names=("in", "a")), other) == {}


FINE = ActivationQuality(
    least=0,
    greatest=6,
    percentiles={"0.1": 0, "1": 0, "50": 3, "99": 5.9, "99.9": 6},
    quantized_low=0,
    quantized_high=6,
    step=6 / 255,
    saturated=0,
    outlier_ratio=2,
    outlier_channel=1,
)


def weights(snr_db=45.0, outlier_ratio=1.5):
    codes = histogram(np.zeros(3), -128, 128)
    return WeightQuality(
        elements=3, scales=1, values=None, codes=codes, snr_db=snr_db, outlier_ratio=outlier_ratio
    )


@pytest.mark.parametrize(
    ("snr", "own", "changes", "of_weights", "kind"),
    [
        (20, 40, {}, weights(), "inherited"),
        (20, 40, {"saturated": 0.1}, weights(), "inherited"),
        (20, 21, {"saturated": 0.002}, weights(), "saturation"),
        (20, 21, {"saturated": 0.001}, weights(), "int16"),
        (20, 21, {"outlier_ratio": 9.0}, weights(), "outliers"),
        (40, 41, {"outlier_ratio": 9.0}, weights(), "rounding"),
        (40, 41, {}, weights(outlier_ratio=9.0), "outliers"),
        (20, 21, {"percentiles": {**FINE.percentiles, "99.9": 0.7}}, weights(), "range"),
        (27, 28, {}, weights(snr_db=29.0), "weights"),
        (26, 28, {}, weights(), "rounding"),
        (20, None, {}, None, "int16"),
        (45, 45, {}, None, "rounding"),
    ],
)
def test_the_first_rule_that_holds_is_the_cause(snr, own, changes, of_weights, kind):
    found = cause_of(Figures(snr, own, FINE.model_copy(update=changes), of_weights))
    assert found.kind == kind
    assert found.text
