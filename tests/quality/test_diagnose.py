"""What `scons diagnose` prints and writes, from records with known figures."""

from __future__ import annotations

import jsonschema
import pytest

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.records.quality import Alternative, Alternatives, Cause, LayerQuality, Quality
from scons_tinyml.records.schema import json_schema
from scons_tinyml.reports.table import text_table
from scons_tinyml.stages.explain.diagnose import (
    cost_remarks,
    cost_table,
    layer_table,
    price,
    record,
    remarks,
)
from scons_tinyml.stages.plan.problem import Figures
from support.tflite_builder import NetworkBuilder, to_tflite

CLOCK_HZ = 1_000_000
BASE = Figures(cycles=10_000, flash_bytes=20_480, ram_bytes=4_096, arena_bytes=1_024)


def layer(number, name, own, snr, kind="rounding"):
    return LayerQuality(
        layer=number,
        name=name,
        operator="CONV_2D",
        type="int8",
        float_layer=None if snr is None else name,
        weights=None,
        activations=None,
        snr_db=snr,
        own_snr_db=own,
        cause=None if snr is None else Cause(kind=kind, text=f"{kind} of {name}"),
    )


QUALITY = Quality(
    model="cats",
    quantization="int8",
    network_sha256="0" * 64,
    oracle="oracle 1",
    compared_absent=None,
    samples=64,
    samples_of="representative",
    layers=(
        layer(0, "conv_2d_0", 45.0, 44.0),
        layer(1, "quantize_1", None, None),
        layer(2, "conv_2d_2", 20.0, 19.0, "int16"),
        layer(3, "conv_2d_3", None, 30.0),
    ),
    judged=None,
    judged_absent="there are no labelled samples",
)


def alternative(kind, snr, **changes):
    fields = {
        "keep_float": (),
        "keep_int16": (),
        "activation_bits": 8,
        "metric": 0.95,
        "absent": None,
        **changes,
    }
    layers = (*fields["keep_float"], *fields["keep_int16"])
    return Alternative(kind=kind, layers=layers, output_snr_db=snr, **fields)


FOUND = Alternatives(
    metric_name="accuracy",
    output_snr_db=30.0,
    metric=0.94,
    networks=(
        alternative("int16", 33.5, keep_int16=("conv_2d_2", "conv_2d_3")),
        alternative("float", 33.0, keep_float=("conv_2d_2",)),
        alternative("int16x8", None, activation_bits=16, absent="no int16 version"),
    ),
    absent=None,
)


@pytest.fixture
def files(tmp_path):
    """Networks of the alternatives; the last one could not be made."""
    net = NetworkBuilder()
    source, target = (net.activation((1, 4), "float32") for _ in range(2))
    net.layer("TANH", [source], [target])
    data = to_tflite(net.finish([source], [target]))
    paths = [tmp_path / f"{place}.tflite" for place in range(3)]
    for path, content in zip(paths, (data, data, b""), strict=True):
        path.write_bytes(content)
    return paths


def measured(graph, path):
    """Cost of the first network; the second one has no kernel."""
    assert [one.operator for one in graph.layers] == ["TANH"]
    if path.name == "1.tflite":
        raise UnsupportedError("layer 0: no kernel runs it", where=path)
    return Figures(cycles=12_500, flash_bytes=20_480 - 1_024, ram_bytes=4_096, arena_bytes=1_024)


def test_costs_are_measured_and_refusals_told(files):
    priced = price(FOUND, files, "yes", measured)
    assert [(one.figures, one.absent) for one in priced] == [
        (Figures(12_500, 19_456, 4_096, 1_024), None),
        (None, "layer 0: no kernel runs it"),
        (None, "no int16 version"),
    ]


def test_layers_are_printed_worst_first():
    assert text_table(layer_table(QUALITY), 80).splitlines() == [
        "layer  name        alone  in all  saturated  cause",
        "    2  conv_2d_2    20.0    19.0             int16",
        "    3  conv_2d_3            30.0             rounding",
        "    0  conv_2d_0    45.0    44.0             rounding",
        "    1  quantize_1",
    ]
    assert list(remarks(QUALITY))[1:] == [
        "conv_2d_2: int16 of conv_2d_2",
        "conv_2d_3: rounding of conv_2d_3",
        "conv_2d_0: rounding of conv_2d_0",
    ]


def test_costs_are_printed_as_changes(files):
    priced = price(FOUND, files, "yes", measured)
    assert text_table(cost_table(QUALITY, FOUND, BASE, priced, CLOCK_HZ), 100).splitlines() == [
        "layers                type      latency     flash      RAM  output  metric",
        "as it is              int8     10.00 ms  20.0 KiB  4.0 KiB    30.0  0.9400",
        "conv_2d_2, conv_2d_3  int16    +2.50 ms  -1.0 KiB        0    33.5  0.9500",
        "conv_2d_2             float                                   33.0  0.9500",
        "all                   int16x8                                       0.9500",
    ]
    assert list(cost_remarks(FOUND, priced)) == [
        "output: signal to noise of the network's output in dB; metric: accuracy on the test split; "
        "RAM without the stack",
        "conv_2d_2 in float: layer 0: no kernel runs it",
        "all layers in int16x8: no int16 version",
        "keep_int16=conv_2d_2,conv_2d_3 builds the one with the least noise: +3.5 dB at the output, "
        "accuracy +0.0100",
    ]


def test_nothing_is_advised_that_has_more_noise(files):
    worse = FOUND.model_copy(update={"output_snr_db": 40.0})
    last = list(cost_remarks(worse, price(worse, files, "yes", measured)))[-1]
    assert last == "none of them has less noise at the output: rounding of weights, or the samples, make it"


def test_a_network_without_its_float_version():
    given = QUALITY.model_copy(update={"compared_absent": "its float version is not known"})
    none = Alternatives(
        metric_name=None, output_snr_db=None, metric=None, networks=(), absent="it is not known"
    )
    assert next(remarks(given)) == (
        "nothing is compared, as its float version is not known; saturated are integers at an end of their range"
    )
    assert list(cost_remarks(none, ())) == ["no other types are tried: it is not known"]


def test_the_answer_has_all_figures(files):
    answer = record(QUALITY, FOUND, BASE, price(FOUND, files, "yes", measured), CLOCK_HZ, "acme")
    found = answer.model_dump(mode="json")
    jsonschema.validate(found, json_schema("diagnosis"))
    assert [one["name"] for one in found["layers"]] == ["conv_2d_2", "conv_2d_3", "conv_2d_0", "quantize_1"]
    assert found["as_it_is"]["costs"] == {
        "cycles": 10_000,
        "flash_bytes": 20_480,
        "ram_bytes": 4_096,
        "arena_bytes": 1_024,
        "added_bytes": 0,
        "slow_cycles": 0,
        "latency_s": 0.01,
    }
    assert [(one["option"], bool(one["costs"]), one["absent"]) for one in found["alternatives"]] == [
        ("keep_int16=conv_2d_2,conv_2d_3", True, None),
        ("keep_float=conv_2d_2", False, "layer 0: no kernel runs it"),
        ("quantize=int16x8", False, "no int16 version"),
    ]
    assert found["target"] == "acme"
