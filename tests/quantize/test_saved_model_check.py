"""SavedModels of strangers: what could touch the machine is found without loading, and what cannot is loaded."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scons_tinyml.records.errors import InputError, ModelFileError
from scons_tinyml.records.network_source import SAVED_MODEL
from scons_tinyml.stages.quantize.convert import convert_float
from scons_tinyml.stages.train.harmless_operators import COMPUTING, SAVING
from scons_tinyml.stages.train.saved_model import read_network
from scons_tinyml.stages.train.saved_model_check import require_harmless
from scons_tinyml.stages.train.tensorflow_process import import_tensorflow


@pytest.fixture(scope="module")
def tf():
    return import_tensorflow(0)


def saved(tf: Any, folder: Path, body: Callable[[Any, Any], Any] | None = None, **parts: Any) -> Path:
    """Save y = w x, with `body(tensorflow, x)` added to it and with `parts` as attributes."""
    flow = tf.tensorflow
    module = flow.Module()
    module.weights = flow.Variable(np.ones((4, 2), np.float32))
    for name, part in parts.items():
        setattr(module, name, part)

    def call(x):
        found = x @ module.weights
        return {"y": found if body is None else found + body(flow, x)}

    function = flow.function(call, input_signature=[flow.TensorSpec((None, 4), flow.float32, "x")])
    module.call = function
    flow.saved_model.save(module, str(folder), signatures=function)
    return folder / SAVED_MODEL


def initialized(tf: Any, work: Callable[[Any], Any]) -> Any:
    """Return a resource whose initializer does `work`."""

    class Resource(tf.tensorflow.saved_model.experimental.TrackableResource):
        @tf.tensorflow.function(input_signature=[])
        def _create_resource(self):
            return tf.tensorflow.raw_ops.MutableHashTableV2(
                key_dtype=tf.tensorflow.int64, value_dtype=tf.tensorflow.int64
            )

        @tf.tensorflow.function(input_signature=[])
        def _initialize(self):
            work(tf.tensorflow)
            return 1

    made = Resource()
    assert made.resource_handle is not None
    return made


def test_an_initializer_runs_when_it_is_loaded_and_is_refused(tf, tmp_path) -> None:
    """This is why: only who trusts it gets the file."""
    pwned = tmp_path / "pwned"
    part = initialized(tf, lambda flow: flow.io.write_file(str(pwned), "x"))
    file = saved(tf, tmp_path / "net", part=part)
    pwned.unlink(missing_ok=True)
    with pytest.raises(ModelFileError) as caught:
        read_network(file, tf)
    assert not pwned.exists()
    text = str(caught.value)
    assert re.search(r"operator 'WriteFile' in the function '__inference__initialize_\d+'", text)
    assert "it has a resource, such as a table" in text
    assert "if you know who made it, trust_model=yes on the command line loads it all the same" in text
    read_network(file, tf, trusted=True)
    assert pwned.exists()


BODIES: dict[str, Callable[[Any, Any], Any]] = {
    "ReadFile": lambda flow, _: flow.strings.to_number(flow.io.read_file("/etc/hostname"), flow.float32),
    "MatchingFiles": lambda flow, _: flow.cast(flow.size(flow.io.matching_files("/*")), flow.float32),
    "EagerPyFunc": lambda flow, x: flow.py_function(lambda y: y, [x], flow.float32)[:, :2],
    "PyFunc": lambda flow, x: flow.numpy_function(lambda y: y, [x], flow.float32)[:, :2],
    "ImmutableConst": lambda flow, _: flow.raw_ops.ImmutableConst(
        dtype=flow.float32, shape=(1, 2), memory_region_name="/etc/passwd"
    ),
    "DebugIdentity": lambda flow, x: flow.raw_ops.DebugIdentity(input=x, debug_urls=["file:///tmp"])[:, :2],
    "RestoreV2": lambda flow, _: flow.raw_ops.RestoreV2(
        prefix="/tmp/x", tensor_names=["a"], shape_and_slices=[""], dtypes=[flow.float32]
    )[0],
}


@pytest.mark.parametrize("operator", BODIES)
def test_operators_that_reach_the_machine(tf, tmp_path, operator: str) -> None:
    """Also one that the functions that restore variables may have: a signature may not."""
    file = saved(tf, tmp_path / "net", BODIES[operator])
    with pytest.raises(
        ModelFileError, match=f"could do more than compute .*operator '{operator}' in the function"
    ):
        require_harmless(file)


def test_an_operator_behind_calls_and_branches(tf, tmp_path) -> None:
    flow = tf.tensorflow

    @flow.function
    def inner(x):
        flow.io.write_file(str(tmp_path / "pwned"), "x")
        return x[:, :2]

    def body(_flow, x):
        return flow.cond(flow.reduce_sum(x) > 1, lambda: inner(x), lambda: x[:, 2:])

    with pytest.raises(ModelFileError, match="'WriteFile'"):
        require_harmless(saved(tf, tmp_path / "net", body))


def test_a_print_to_a_file(tf, tmp_path) -> None:
    def body(flow, x):
        flow.print("x", output_stream=f"file://{tmp_path}/pwned")
        return x[:, :2]

    with pytest.raises(ModelFileError, match="'PrintV2'"):
        require_harmless(saved(tf, tmp_path / "net", body))


def test_an_asset(tf, tmp_path) -> None:
    (tmp_path / "words.txt").write_text("a\n")
    asset = tf.tensorflow.saved_model.Asset(str(tmp_path / "words.txt"))
    with pytest.raises(ModelFileError, match="it has an asset, a file"):
        require_harmless(saved(tf, tmp_path / "net", asset=asset))


def test_a_folder_of_tensorflow_1(tf, tmp_path) -> None:
    """Its main operator runs when it is loaded."""
    v1 = tf.tensorflow.compat.v1
    with tf.tensorflow.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.tensorflow.float32, (None, 4))
        pwned = tf.tensorflow.io.write_file(str(tmp_path / "pwned"), "x")
        builder = v1.saved_model.Builder(str(tmp_path / "net"))
        signature = v1.saved_model.predict_signature_def({"x": x}, {"y": x * 2})
        builder.add_meta_graph_and_variables(
            session, ["serve"], {"serving_default": signature}, main_op=pwned
        )
        builder.save()
    with pytest.raises(ModelFileError, match=r"it is of TensorFlow 1.*operator 'WriteFile' in the graph"):
        read_network(tmp_path / "net" / SAVED_MODEL, tf)
    assert not (tmp_path / "pwned").exists()


@pytest.fixture(scope="module")
def honest(tf, tmp_path_factory) -> Path:
    return saved(tf, tmp_path_factory.mktemp("honest") / "net")


def changed(honest: Path, folder: Path, change: Callable[[Any], None]) -> Path:
    """Return a copy of the folder with another meta graph."""
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    shutil.copytree(honest.parent, folder)
    read = SavedModel()
    read.ParseFromString(honest.read_bytes())
    change(read.meta_graphs[0])
    (folder / SAVED_MODEL).write_bytes(read.SerializeToString())
    return folder / SAVED_MODEL


def test_functions_that_save_may_not_be_called(honest, tmp_path) -> None:
    """An object that calls the function that TensorFlow added would write where the folder says."""

    def call_it(graph: Any) -> None:
        [name] = [
            one.signature.name
            for one in graph.graph_def.library.function
            if "traced_save" in one.signature.name
        ]
        graph.object_graph_def.concrete_functions[name].SetInParent()

    with pytest.raises(ModelFileError, match="operator 'SaveV2' in the function '__inference__traced_save_"):
        require_harmless(changed(honest, tmp_path / "net", call_it))


def test_operators_that_nobody_knows(honest, tmp_path) -> None:
    def add(graph: Any) -> None:
        for number in range(7):
            graph.graph_def.node.add(name=f"a{number}", op=f"Strange{number}")

    with pytest.raises(
        ModelFileError, match=r"'Strange0' in the graph; .*'Strange4' in the graph, and 2 more"
    ):
        require_harmless(changed(honest, tmp_path / "net", add))


def test_objects_that_restore_themselves(honest, tmp_path) -> None:
    def add(graph: Any) -> None:
        graph.object_graph_def.nodes[0].registered_saver = "mine"

    with pytest.raises(ModelFileError, match="an object restores itself with a function of its own"):
        require_harmless(changed(honest, tmp_path / "net", add))


def spoil(folder: Path, how: str) -> None:
    shard = next(folder.glob("variables/*.data-*"))
    if how == "another form":
        (folder / "saved_model.pbtxt").touch()
    elif how == "a pipe":
        shard.unlink()
        os.mkfifo(shard)
    elif how == "a link":
        shard.unlink()
        shard.symlink_to("/etc/passwd")
    else:
        (folder / SAVED_MODEL).write_bytes(b"nonsense")


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ("another form", "has saved_model.pbtxt beside it"),
        ("a pipe", "which is no plain file"),
        ("a link", "leads, by a link, out of"),
        ("nonsense", "is no SavedModel to convert"),
    ],
)
def test_folders_that_are_not_what_they_seem(honest, tmp_path, how: str, problem: str) -> None:
    shutil.copytree(honest.parent, tmp_path / "net")
    spoil(tmp_path / "net", how)
    with pytest.raises(InputError, match=re.escape(problem)):
        require_harmless(tmp_path / "net" / SAVED_MODEL)


def test_networks_of_keras_are_harmless(tf, tmp_path) -> None:
    layers = tf.keras.layers
    image = tf.keras.Input((8, 8, 2))
    inner = layers.Conv2D(4, 3, activation="relu", padding="same")(image)
    inner = layers.BatchNormalization()(layers.DepthwiseConv2D(3)(layers.ZeroPadding2D()(inner)))
    inner = layers.MaxPooling2D()(layers.Dropout(0.5)(layers.LeakyReLU()(inner)))
    inner = layers.Conv2DTranspose(4, 2)(layers.UpSampling2D()(inner))
    inner = layers.Add()([layers.AveragePooling2D(2)(inner), layers.Conv2D(4, 2, 2)(inner)])
    flat = layers.Dense(8, activation="gelu")(layers.Flatten()(inner))
    sequence = layers.GRU(3)(layers.LSTM(3, return_sequences=True)(layers.Reshape((4, 2))(flat)))
    end = layers.Dense(2, activation="softmax")(layers.Concatenate()([flat, sequence]))
    tf.keras.Model(image, end).export(tmp_path, verbose=False)
    require_harmless(tmp_path / SAVED_MODEL)


def test_what_is_harmless_is_loaded_and_converted(tf, honest) -> None:
    assert convert_float(read_network(honest, tf), honest, tf)


STATEFUL = {
    *(
        "PartitionedCall",
        "StatefulPartitionedCall",
        "If",
        "While",
        "Case",
        "VarHandleOp",
        "VarIsInitializedOp",
    ),
    *("ReadVariableOp", "AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp", "ResourceGather"),
    *("EmptyTensorList", "TensorListReserve"),
}


def test_the_list_is_of_operators_without_texts_and_states(tf) -> None:
    """Operators that name a file take a text, those with effects have a state, except for variables and calls."""
    from tensorflow.python.framework import op_def_registry

    text = tf.tensorflow.string.as_datatype_enum
    for name in sorted(COMPUTING):
        found = op_def_registry.get(name)
        assert found is not None, name
        assert not found.is_stateful or name in STATEFUL, name
        assert text not in [one.type for one in (*found.input_arg, *found.output_arg)], name
        attributes = {one.name for one in found.attr if one.type in ("string", "list(string)")}
        assert not {one for one in attributes if re.search("url|file|path|address|region|host", one)}, name
    assert not COMPUTING & SAVING
