"""`.keras` files of strangers: nothing of them runs, and no file is read but their own."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.stages.train.keras_archive import CONFIG, WEIGHTS, check_keras
from scons_tinyml.stages.train.keras_check import require_plain
from scons_tinyml.stages.train.keras_file import read_keras, write_keras
from scons_tinyml.stages.train.tensorflow_process import import_tensorflow


@pytest.fixture(scope="module")
def tf():
    return import_tensorflow(0)


@pytest.fixture(scope="module")
def honest(tf, tmp_path_factory) -> Path:
    layers = tf.keras.layers
    path = tmp_path_factory.mktemp("keras") / "net.keras"
    write_keras(path, tf.keras.Sequential([layers.Input((2,)), layers.Dense(2, activation="relu")]))
    return path


def changed(honest: Path, folder: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """Return a copy with another content of the file `name` in the archive."""
    path = folder / "net.keras"
    with zipfile.ZipFile(honest) as old, zipfile.ZipFile(path, "w") as new:
        for one in old.namelist():
            new.writestr(one, change(old.read(one)) if one == name else old.read(one))
    return path


def with_layer(honest: Path, folder: Path, layer: dict[str, Any]) -> Path:
    def change(data: bytes) -> bytes:
        config = json.loads(data)
        config["config"]["layers"].append(layer)
        return json.dumps(config).encode()

    return changed(honest, folder, CONFIG, change)


def layer(module: str | None, name: str, registered: str | None = None, **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": config, "registered_name": registered}


LAYERS = {
    "Lambda holds code of Python": layer(
        "keras.layers", "Lambda", function={"class_name": "__lambda__", "config": {"value": ["", None, None]}}
    ),
    "'system' is of 'os', not of Keras's layers": layer("os", "system", command="touch pwned"),
    "'Popen' is of 'subprocess'": layer("subprocess", "Popen"),
    "'get_file' is of 'keras.utils'": layer("keras.utils", "get_file", origin="file:///etc/passwd"),
    "'function' is of 'keras.src.utils.file_utils'": layer("keras.src.utils.file_utils", "function"),
    "'enable_unsafe_deserialization' is of 'keras.config'": layer(
        "keras.config", "enable_unsafe_deserialization"
    ),
    "'load_model' is of 'keras.saving'": layer("keras.saving", "load_model", filepath="/tmp/x.keras"),
    "'eval' is of 'builtins'": layer("builtins", "eval"),
    "'Sequential2' is of 'keras', not": layer("keras", "Sequential2"),
    "'x' is of 'kerasx.layers'": layer("kerasx.layers", "x"),
    "'x' is of 3": layer(3, "x"),  # type: ignore[arg-type]
    "TFSMLayer holds a program": layer("keras.layers", "TFSMLayer", filepath="/tmp/saved"),
    "StringLookup reads a file": layer("keras.layers", "StringLookup", vocabulary="/etc/passwd"),
    "TextVectorization reads a file": layer("keras.layers", "TextVectorization", vocabulary="/etc/passwd"),
    "'mine>Layer' is a class of the one who made it": layer(None, "Layer", "mine>Layer"),
}


@pytest.mark.parametrize("problem", LAYERS)
def test_layers_that_are_not_of_keras(honest, tmp_path, problem: str) -> None:
    with pytest.raises(
        ModelFileError, match=f"is not a network of Keras's layers alone: .*{re.escape(problem)}"
    ):
        require_plain(with_layer(honest, tmp_path, LAYERS[problem]))


def test_what_is_nested_too_deeply(honest, tmp_path) -> None:
    depth = 100_000
    with pytest.raises(ModelFileError, match="found lists and objects 100000 deep, the limit is 64"):
        require_plain(changed(honest, tmp_path, CONFIG, lambda _: b"[" * depth + b"]" * depth))


@pytest.mark.parametrize("name", ["assets/words.txt", "../pwned", CONFIG])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_other_files_in_the_archive(honest, tmp_path, name: str) -> None:
    path = changed(honest, tmp_path, "", lambda data: data)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, b"{}")
    with pytest.raises(ModelFileError, match=f"the archive has '{re.escape(name)}'"):
        require_plain(path)


def external(file: Any) -> None:
    file.create_dataset("other", (4,), "u1", external=[("/etc/passwd", 0, 4)])


def external_link(file: Any) -> None:
    file["other"] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(file: Any) -> None:
    file["other"] = h5py.SoftLink("/layers")


def virtual(file: Any) -> None:
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
    file.create_virtual_dataset("other", layout)


@pytest.mark.parametrize("add", [external, external_link, soft_link, virtual])
def test_weights_that_are_elsewhere(honest, tmp_path, add: Callable[[Any], None]) -> None:
    def change(data: bytes) -> bytes:
        stream = io.BytesIO(data)
        with h5py.File(stream, "a") as file:
            add(file.create_group("deep/er"))
        return stream.getvalue()

    with pytest.raises(ModelFileError, match=r"other' is (a link, not weights|stored in another file)"):
        check_keras(changed(honest, tmp_path, WEIGHTS, change))


def test_a_damaged_description(honest, tmp_path) -> None:
    with pytest.raises(ModelFileError, match="is not a Keras network that can be loaded"):
        require_plain(changed(honest, tmp_path, CONFIG, lambda _: b"nonsense"))


def test_damaged_weights(honest, tmp_path) -> None:
    with pytest.raises(ModelFileError, match="is damaged: Unable to synchronously open file"):
        check_keras(changed(honest, tmp_path, WEIGHTS, lambda _: b"nonsense"))


def test_networks_of_many_layers_are_read(tf, tmp_path) -> None:
    """Also operations, layers in a layer, a regularizer, a policy of types, and what it was compiled with."""
    layers = tf.keras.layers
    image = tf.keras.Input((8, 8, 2))
    inner = layers.Conv2D(4, 3, activation="gelu", kernel_regularizer="l2", kernel_constraint="max_norm")(
        image
    )
    inner = layers.BatchNormalization()(layers.DepthwiseConv2D(3, dtype="mixed_float16")(inner))
    inner = layers.TimeDistributed(layers.Dense(3, activation=tf.keras.activations.relu))(inner)
    inner = layers.Bidirectional(layers.LSTM(3))(tf.keras.ops.reshape(inner, (-1, 16, 3)))
    end = layers.Softmax()(
        tf.keras.Sequential([layers.Dropout(0.1), layers.Dense(2)])(tf.keras.ops.tanh(inner) * 2)
    )
    network = tf.keras.Model(image, end)
    network.compile("adam", tf.keras.losses.CategoricalCrossentropy(), ["accuracy", tf.keras.metrics.AUC()])
    network.save(tmp_path / "net.keras")
    read = read_keras(tmp_path / "net.keras", tf)
    sample = np.random.default_rng(0).random((1, 8, 8, 2), np.float32)
    np.testing.assert_array_equal(read(sample), network(sample))
