"""A float network beside its quantized version, run layer by layer by the oracle."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import numpy as np
import pytest
from tests.quantize.test_integer import convolution, network, samples

from scons_tinyml.records.quality import Quality
from scons_tinyml.records.schema import json_schema
from scons_tinyml.stages.quality.compare import Version, compare
from scons_tinyml.stages.quality.worst import alternatives, worst_first
from scons_tinyml.stages.quantize.integer import Types, quantize

pytest.importorskip("ai_edge_quantizer", reason="pip install 'scons-tinyml[quantize]'")
WHERE = Path("net.tflite")


@pytest.fixture(scope="module")
def found():
    """The float network, its int8 version, samples, and the figures of the layers."""
    original = network(convolution())
    values = samples(original)
    quantized = quantize(original, values, WHERE)
    versions = [Version(one.graph, one.tflite) for one in (quantized, original)]
    return original, quantized, values, compare(*versions, values)


def test_each_layer_is_beside_its_float_layer(found):
    original, _, _, layers = found
    assert [layer.float_layer for layer in layers] == [layer.name for layer in original.graph.layers]
    assert [layer.operator for layer in layers] == ["CONV_2D", "ADD", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]
    assert all(20 < layer.snr_db < 60 for layer in layers)


def test_a_layer_alone_loses_no_more_than_with_the_noise_before_it(found):
    layers = found[3]
    assert layers[0].own_snr_db > layers[0].snr_db - 1e-6  # the input is rounded before the first layer
    assert layers[2].own_snr_db == pytest.approx(150)  # RESHAPE rounds nothing
    assert layers[2].snr_db == pytest.approx(layers[1].snr_db)


def test_representative_samples_saturate_nothing(found):
    assert [layer.activations.saturated for layer in found[3]] == [0] * 5


def test_weights_are_those_of_the_layers_that_have_some(found):
    _, _, _, layers = found
    assert {layer.operator: layer.weights.elements for layer in layers if layer.weights} == {
        "CONV_2D": 72,
        "ADD": 4,
        "FULLY_CONNECTED": 48,
    }


def test_larger_samples_than_the_representative_ones_saturate(found):
    original, quantized, values, _ = found
    versions = [Version(one.graph, one.tflite) for one in (quantized, original)]
    layers = compare(*versions, (4 * values[0][:4],))
    assert layers[0].activations.saturated > 0.01
    assert layers[0].snr_db < 10


def test_without_a_float_version_there_are_ranges_alone(found):
    _, quantized, values, _ = found
    layers = compare(Version(quantized.graph, quantized.tflite), None, (values[0][:3],))
    assert [(one.snr_db, one.own_snr_db, one.cause, one.float_layer) for one in layers] == [(None,) * 4] * 5
    assert all(one.activations is not None for one in layers)
    assert layers[0].weights.values is None


def test_the_record_follows_its_schema(found):
    record = Quality(
        model="net",
        quantization="int8",
        network_sha256="0" * 64,
        oracle="oracle 1",
        compared_absent=None,
        samples=20,
        samples_of="random",
        layers=found[3],
        judged=None,
        judged_absent="there are no labelled samples",
    )
    jsonschema.Draft202012Validator(json_schema("quality")).validate(record.model_dump(mode="json"))


def test_other_types_are_tried_in_the_layers_that_lose_most(found):
    original, _, _, layers = found
    worst = [layer.float_layer for layer in worst_first(layers)]
    tried = list(alternatives(layers, original.graph, Types()))
    assert [(one.layers[:1], one.kind) for one in tried] == [
        *(((name,), kind) for name in worst[:3] for kind in ("int16", "float")),
        ((), "int16x8"),
    ]
    names = [layer.name for layer in original.graph.layers]
    for one in tried[:-1:2]:
        place = names.index(one.layers[0])
        assert one.keep_int16 == one.layers == tuple(names[place : place + 2])
    assert all(one.keep_float == one.layers and len(one.layers) == 1 for one in tried[1::2])


def test_layers_that_have_another_type_already_keep_it(found):
    original, _, _, layers = found
    in_float, wide, *_ = (layer.float_layer for layer in worst_first(layers))
    *tried, whole = alternatives(layers, original.graph, Types(8, (in_float,), (wide,)))
    assert all(in_float in one.keep_float and in_float not in one.layers for one in tried)
    assert all((wide in one.keep_int16) != (wide in one.keep_float) for one in tried)
    assert (whole.activation_bits, whole.keep_float, whole.keep_int16) == (16, (in_float,), ())


def test_a_network_of_16_bits_is_tried_with_float_layers(found):
    original, _, _, layers = found
    worst = [layer.float_layer for layer in worst_first(layers)]
    tried = list(alternatives(layers, original.graph, Types(16)))
    assert [(one.kind, one.activation_bits, one.layers) for one in tried] == [
        ("float", 16, (name,)) for name in worst[:3]
    ]


@pytest.mark.parametrize("kind", ["int16", "float", "int16x8"])
def test_every_alternative_can_be_made(found, kind):
    original, _, values, layers = found
    tried = [one for one in alternatives(layers, original.graph, Types()) if one.kind == kind]
    for one in tried:
        types = Types(one.activation_bits, one.keep_float, one.keep_int16)
        made = quantize(original, values, WHERE, types)
        layers_made = compare(
            Version(made.graph, made.tflite), Version(original.graph, original.tflite), (values[0][:3],)
        )
        by_name = {layer.float_layer: layer.type for layer in layers_made}
        assert {by_name[name] for name in one.keep_float} <= {"float32"}
        assert {by_name[name] for name in one.keep_int16} <= {"int16"}
        assert np.isfinite([layer.snr_db for layer in layers_made if layer.float_layer]).all()
