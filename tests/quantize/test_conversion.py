"""TensorFlow's converter in this process, on networks of a few weights."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.errors import ModelFileError, UnsupportedError
from scons_tinyml.records.network_spec import NetworkSpec
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.oracle import Oracle
from scons_tinyml.stages.plan.lifetimes import alias_source
from scons_tinyml.stages.quantize.convert import convert_float, convert_int8
from scons_tinyml.stages.train.keras_file import read_keras, write_keras
from scons_tinyml.stages.train.network_file import build_network
from scons_tinyml.stages.train.saved_model import check_network
from scons_tinyml.stages.train.tensorflow_process import import_tensorflow

pytestmark = [
    pytest.mark.filterwarnings("ignore:Statistics for quantized inputs"),
    pytest.mark.filterwarnings("ignore:__array__ implementation"),
]

SHAPE = (6, 6, 1)
REPRESENTATIVE = np.random.default_rng(0).random((20, *SHAPE), np.float32)


@pytest.fixture(scope="module")
def tf():
    return import_tensorflow(0)


def small(tf, seed=0):
    tf.keras.utils.set_random_seed(seed)
    layers = tf.keras.layers
    return tf.keras.Sequential(
        [
            layers.Input(SHAPE, name="image"),
            layers.Conv2D(4, 3, use_bias=False, name="convolution"),
            layers.BatchNormalization(name="normalization"),
            layers.ReLU(6.0, name="activation"),
            layers.AveragePooling2D(4, name="average"),
            layers.Flatten(name="flat"),
            layers.Dense(2, activation="softmax", name="classes"),
        ],
        name="small",
    )


def test_the_network_of_motions(tf, tmp_path):
    """Convolutions over time are kernels for images, and the image of a window is the window itself."""
    file = Path(__file__).parents[2] / "models" / "motion" / "network.py"
    network = build_network(file, NetworkSpec((16, 6), 4, {}))
    graph = read(tmp_path, convert_int8(network, [np.zeros((2, 16, 6), np.float32)], file, tf))
    assert [layer.operator for layer in graph.layers] == [
        "RESHAPE",
        *("CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D"),
        *("AVERAGE_POOL_2D", "FULLY_CONNECTED", "SOFTMAX"),
    ]
    assert alias_source(graph, graph.layers[0]) == graph.inputs[0]
    assert network.count_params() < 1300


def test_the_cat_detector(tf, tmp_path):
    """Size and operators of the network that comes with the project, with the weights that it starts with."""
    file = Path(__file__).parents[2] / "models" / "catdetector" / "network.py"
    network = build_network(file, NetworkSpec((28, 28, 1), 2, {"width": 1.0, "depth": 3}))
    graph = read(tmp_path, convert_int8(network, [np.zeros((2, 28, 28, 1), np.float32)], file, tf))
    operators = {"CONV_2D", "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "FULLY_CONNECTED", "SOFTMAX"}
    assert {layer.operator for layer in graph.layers} == operators
    assert network.count_params() < 8000
    largest = max(tensor.size_bytes for tensor in graph.tensors if not tensor.is_constant)
    assert largest <= 14 * 14 * 16  # two of these lie in the arena at once


def read(tmp_path, data):
    path = tmp_path / "network.tflite"
    path.write_bytes(data)
    return read_tflite(path)


def test_float(tf, tmp_path):
    network = small(tf)
    data = convert_float(network, tmp_path, tf)
    graph = read(tmp_path, data)
    operators = ["CONV_2D", "AVERAGE_POOL_2D", "FULLY_CONNECTED", "SOFTMAX"]
    assert [layer.operator for layer in graph.layers] == operators
    assert {tensor.type for tensor in graph.tensors} == {"float32"}
    oracle = Oracle(data)
    for sample in REPRESENTATIVE[:3]:
        expected = network.predict(sample[None], verbose=0)
        np.testing.assert_allclose(oracle.run([sample[None]])[0], expected, atol=1e-5)


def test_int8_is_integer_from_input_to_output(tf, tmp_path):
    graph = read(tmp_path, convert_int8(small(tf), [REPRESENTATIVE], tmp_path, tf))
    ends = [graph.tensors[index] for index in (*graph.inputs, *graph.outputs)]
    assert [(tensor.shape, tensor.type) for tensor in ends] == [((1, *SHAPE), "int8"), ((1, 2), "int8")]
    assert {tensor.type for tensor in graph.tensors} == {"int8", "int32"}
    (result,) = (tensor.quantization for tensor in ends[1:])
    assert (result.scales, result.zero_points) == ((1 / 256,), (-128,))


def test_int8_scales_are_per_channel_in_convolutions_alone(tf, tmp_path):
    graph = read(tmp_path, convert_int8(small(tf), [REPRESENTATIVE], tmp_path, tf))
    filters = {view.layer.operator: view.input(1) for view in graph.views() if len(view.layer.inputs) > 1}
    counts = {operator: len(tensor.quantization.scales) for operator, tensor in filters.items()}
    assert counts == {"CONV_2D": 4, "FULLY_CONNECTED": 1}


def test_ranges_are_those_of_the_representative_samples(tf, tmp_path):
    graph = read(tmp_path, convert_int8(small(tf), [3 * REPRESENTATIVE], tmp_path, tf))
    (scale,) = graph.tensors[graph.inputs[0]].quantization.scales
    assert scale == pytest.approx(3 * REPRESENTATIVE.max() / 255, rel=1e-3)


def test_the_same_network_gives_the_same_bytes(tf, tmp_path):
    first, second, other = (small(tf, seed) for seed in (0, 0, 1))
    for convert in (convert_float, lambda *rest: convert_int8(rest[0], [REPRESENTATIVE], *rest[1:])):
        made = [convert(network, tmp_path, tf) for network in (first, first, second, other)]
        assert made[0] == made[1] == made[2] != made[3]


def test_the_same_network_gives_the_same_keras_file(tf, tmp_path):
    files = [tmp_path / f"{number}.keras" for number in range(2)]
    for file in files:
        write_keras(file, small(tf))
    assert files[0].read_bytes() == files[1].read_bytes()
    with zipfile.ZipFile(files[0]) as archive:
        assert "date_saved" not in json.loads(archive.read("metadata.json"))
    again = read_keras(files[0], tf)
    for made, kept in zip(small(tf).get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(made, kept)


def test_several_inputs(tf, tmp_path):
    inputs = [tf.keras.Input((3,), name=name) for name in ("left", "right")]
    network = tf.keras.Model(inputs, tf.keras.layers.Add()(inputs))
    data = convert_float(network, tmp_path, tf)
    assert [read(tmp_path, data).tensors[index].shape for index in read(tmp_path, data).inputs] == [
        (1, 3)
    ] * 2
    (total,) = Oracle(data).run([np.full((1, 3), value, np.float32) for value in (1, 2)])
    assert total.tolist() == [[3, 3, 3]]


def test_an_operator_that_has_no_counterpart(tf, tmp_path, capfd):
    source = tf.keras.Input((3,))
    network = tf.keras.Model(source, tf.keras.ops.erfinv(source))
    with pytest.raises(UnsupportedError) as caught:
        convert_float(network, tmp_path / "net.keras", tf)
    version = tf.tensorflow.__version__
    assert str(caught.value).startswith(
        f"{tmp_path}/net.keras: TensorFlow {version} cannot convert the network: 'tf.Erfinv' op is neither"
    )
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_a_shape_that_is_open(tf, tmp_path):
    source = tf.keras.Input((None, 3), name="sequence")
    network = tf.keras.Model(source, tf.keras.ops.relu(source))
    with pytest.raises(
        UnsupportedError, match=r"input 'sequence' has the shape \(None, None, 3\); only the first"
    ):
        convert_float(network, tmp_path / "net.keras", tf)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"", "is not a .keras file, which is a zip archive"),
        (b"PK\x03\x04 cut", "is not a .keras file, which is a zip archive"),
        (b"text", "is not a .keras file, which is a zip archive"),
    ],
    ids=["absent", "empty", "cut", "text"],
)
def test_files_that_are_no_archive(tmp_path, content, message):
    path = tmp_path / "net.keras"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelFileError, match=rf"net\.keras: {re.escape(message)}"):
        check_network(path)


def test_an_archive_of_nothing(tf, tmp_path):
    path = tmp_path / "net.keras"
    path.write_bytes(b"PK\x05\x06" + bytes(18))
    check_network(path)
    with pytest.raises(ModelFileError, match=r"net\.keras: is not a Keras network that can be loaded"):
        read_keras(path, tf)


def test_code_in_a_file_is_not_run(tf, tmp_path):
    source = tf.keras.Input((3,))
    path = tmp_path / "net.keras"
    tf.keras.Model(source, tf.keras.layers.Lambda(lambda values: values * 2)(source)).save(path)
    with pytest.raises(ModelFileError, match="layers alone: Lambda holds code of Python"):
        read_keras(path, tf)
