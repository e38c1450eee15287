from __future__ import annotations

import numpy as np
import pytest

from scons_tinyml.records.metric import Metric
from scons_tinyml.stages.data.labelled import LabelledSamples
from scons_tinyml.stages.oracle import oracle_name
from scons_tinyml.stages.quantize.accuracy import evaluated, network_outputs
from support.stateful import remembering
from support.tflite_builder import NetworkBuilder, to_tflite


def measure_accuracy(networks, test, metrics, where, **options):
    return evaluated(network_outputs(networks, test), test, metrics, where, **options)


def softmax(**quantized):
    network = NetworkBuilder()
    type_ = "int8" if quantized else "float32"
    result = {"scale": 1 / 256, "zero_point": -128} if quantized else {}
    source = network.activation((1, 2), type_, **quantized)
    target = network.activation((1, 2), type_, **result)
    network.layer("SOFTMAX", [source], [target], beta=1.0)
    return to_tflite(network.finish([source], [target]))


def test_all_of_an_output_without_a_batch_is_judged(tmp_path):
    """The network doubles six rows of two values; a sample has all of them."""
    network = NetworkBuilder()
    source, target = (network.activation((6, 2), "float32") for _ in range(2))
    network.layer("ADD", [source, source], [target], fused_activation_function="NONE")
    (tmp_path / "net.tflite").write_bytes(to_tflite(network.finish([source], [target])))
    values = np.random.default_rng(0).normal(size=(3, 6, 2)).astype(np.float32)
    wrong = 2 * values
    wrong[:, 5] += 1
    (tmp_path / "own.py").write_text(
        "def most(labels, outputs):\n"
        "    assert outputs.shape == (3, 6, 2)\n"
        "    return float(abs(labels - outputs).max())\n"
    )
    metrics = {"most": Metric(function="own.py:most", better="lower")}
    test = LabelledSamples(values, wrong)
    found = measure_accuracy({"float": tmp_path / "net.tflite"}, test, metrics, tmp_path / "model.toml")
    assert found.to_json()["metrics"][0]["float"] == pytest.approx(1)


def test_both_networks_on_all_samples(tmp_path, capsys):
    files = [tmp_path / name for name in ("float.tflite", "int8.tflite")]
    files[0].write_bytes(softmax())
    files[1].write_bytes(softmax(scale=1.0, zero_point=0))
    # With a scale of 1 the fourth sample becomes (0, 0), which is class 0.
    values = np.array([[3, 0], [5, 1], [0, 4], [0.1, 0.3], [9, 2]], np.float32)
    test = LabelledSamples(values, np.array([0, 0, 1, 1, 1]), ("no", "yes"))
    metrics = {
        "accuracy": Metric(function="balanced_accuracy"),
        "misses": Metric(function="own.py:misses", better="lower"),
    }
    (tmp_path / "own.py").write_text(
        "def misses(labels, outputs):\n"
        "    assert (labels.dtype, outputs.dtype, outputs.shape) == ('int64', 'float32', (5, 2))\n"
        "    return int((outputs.argmax(axis=1) != labels).sum())\n"
    )
    networks = {file.stem: file for file in files}
    found = measure_accuracy(networks, test, metrics, tmp_path / "model.toml", overlap=3).to_json()
    assert found == {
        "metrics": [
            {
                "name": "accuracy",
                "metric": "balanced_accuracy",
                "better": "higher",
                "unit": "fraction",
                "float": pytest.approx((1 + 2 / 3) / 2),
                "int8": pytest.approx((1 + 1 / 3) / 2),
                "drop": pytest.approx(1 / 6),
            },
            {
                "name": "misses",
                "metric": "own.py:misses",
                "better": "lower",
                "unit": "number",
                "float": 1.0,
                "int8": 2.0,
                "drop": 1.0,
            },
        ],
        "overlap": 3,
        "agreement": 0.8,
        "samples": 5,
        "oracle": oracle_name(),
    }
    assert "accuracy 10/10" in capsys.readouterr().err


def test_a_network_alone_has_no_other_to_agree_with(tmp_path):
    file = tmp_path / "given.tflite"
    file.write_bytes(softmax(scale=1.0, zero_point=0))
    test = LabelledSamples(np.array([[3, 0], [0, 4]], np.float32), np.array([0, 0]), ("no", "yes"))
    metrics = {"accuracy": Metric(function="accuracy")}
    found = measure_accuracy({"int8": file}, test, metrics, tmp_path / "model.toml")
    assert (found.metrics[0].of_float, found.metrics[0].of_int8, found.metrics[0].drop) == (None, 0.5, None)
    assert (found.agreement, found.samples) == (None, 2)


@pytest.mark.parametrize("calls", [1, 2, 5])
def test_the_state_is_reset_before_each_sequence(tmp_path, calls):
    """The network puts out the frame before; only the last call of a sequence counts."""
    file = tmp_path / "given.tflite"
    file.write_bytes(remembering())
    frames = np.random.default_rng(0).random((6, calls, 2), np.float32)
    before = frames[:, -2] if calls > 1 else np.zeros((6, 2), np.float32)
    test = LabelledSamples(frames, before.argmax(axis=1), ("no", "yes"))
    metrics = {"accuracy": Metric(function="accuracy")}
    found = measure_accuracy({"float": file}, test, metrics, tmp_path / "model.toml")
    assert found.metrics[0].of_float == 1
