"""A streaming network that TensorFlow has converted goes whole through to the emulator, call after call."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.stages.graph.files import read_graph, write_graph
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.measure.samples import layer_samples
from scons_tinyml.stages.oracle import Oracle
from scons_tinyml.stages.quantize.given import random_samples
from scons_tinyml.stages.samples import write_samples
from scons_tinyml.stages.train.tensorflow_process import import_tensorflow
from support.tflite_builder import packed, schema
from support.whole import Whole, assert_a_reset_forgets, assert_calls_build_on_each_other


@pytest.fixture(scope="module")
def streaming() -> bytes:
    """The last four frames, of which three are remembered, times a matrix; and the number of frames. float32."""
    tf = import_tensorflow(0).tensorflow

    class Stream(tf.Module):
        def __init__(self):
            super().__init__()
            random = np.random.default_rng(0)
            self.frames = tf.Variable(random.normal(size=(1, 4, 3)).astype(np.float32), name="frames")
            self.count = tf.Variable(np.zeros((1, 1), np.float32), name="count")
            self.matrix = tf.constant(random.normal(size=(12, 2)).astype(np.float32))

        @tf.function(input_signature=[tf.TensorSpec((1, 3), tf.float32, name="frame")])
        def step(self, frame):
            frames = tf.concat([self.frames[:, 1:], frame[:, None]], 1)
            self.frames.assign(frames)
            self.count.assign_add([[1.0]])
            return tf.nn.relu(tf.reshape(frames, (1, 12)) @ self.matrix) + self.count

    stream = Stream()
    function = stream.step.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], stream)
    converter.experimental_enable_resource_variables = True
    return bytes(converter.convert())


@pytest.fixture(scope="module")
def whole(streaming: bytes, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(streaming, tmp_path_factory.mktemp("streaming"))


def test_variables_become_state_with_their_first_values(whole: Whole) -> None:
    states = sorted((tensor for tensor in whole.graph.tensors if tensor.is_state), key=lambda t: t.size_bytes)
    expected = np.random.default_rng(0).normal(size=(1, 4, 3)).astype(np.float32)
    assert [tensor.state for tensor in states] == [bytes(4), expected.tobytes()]
    assert not {"VAR_HANDLE", "CALL_ONCE"} & {layer.operator for layer in whole.graph.layers}


def test_consecutive_calls_give_the_oracles_bytes(whole: Whole) -> None:
    assert_calls_build_on_each_other(whole, 4)


def test_a_reset_forgets(whole: Whole) -> None:
    assert_a_reset_forgets(whole)


def test_state_lies_outside_of_the_arena(whole: Whole) -> None:
    states = {tensor.index for tensor in whole.graph.tensors if tensor.is_state}
    assert not states & set(whole.memory.offsets)
    assert "#define BENCH_STATE_BYTES 64" in whole.sources["bench.h"]
    assert "void bench_reset(void);" in whole.sources["bench.h"]
    assert "    bench_reset();\n    for (;;)" in whole.elf.with_name("main.c").read_text()


def test_the_oracle_forgets_unless_it_is_told_to_go_on(streaming: bytes) -> None:
    oracle, frame = Oracle(streaming), [np.ones((1, 3), np.float32)]
    first, again, next_one = (oracle.run(frame, go_on=go_on)[0].tolist() for go_on in (False, False, True))
    assert first == again != next_one


def test_samples_of_a_layer_go_on_as_its_bench_does(whole: Whole, tmp_path: Path) -> None:
    write_samples(tmp_path / "s.npz", random_samples(whole.graph, 0))
    (tmp_path / "n.tflite").write_bytes(whole.tflite)
    found, _ = layer_samples(whole.graph, tmp_path / "n.tflite", tmp_path / "s.npz")
    reads = [layer.index for layer in whole.graph.layers if layer.operator == "READ_VARIABLE"]
    for index in reads:
        first, second = found[index]
        assert first.inputs == first.outputs != second.inputs == second.outputs
        alone = whole.graph.only(whole.graph.layers[index])
        assert (len(alone.inputs), alone.has_state) == (1, False)


def test_the_graphs_files_keep_the_state(whole: Whole, tmp_path: Path) -> None:
    paths = tmp_path / "g.json", tmp_path / "g.bin"
    write_graph(whole.graph, *paths)
    assert read_graph(*paths) == whole.graph
    assert sum(row["state"] is not None for row in json.loads(paths[0].read_text())["tensors"]) == 2


def test_a_first_value_that_is_computed_is_refused(streaming: bytes, tmp_path: Path) -> None:
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(streaming), 0))
    codes = [code.builtinCode for code in model.operatorCodes]
    model.subgraphs[1].operators[1].opcodeIndex = codes.index(schema.BuiltinOperator.CONCATENATION)
    model.subgraphs[1].operators[1].outputs = [0]
    (tmp_path / "n.tflite").write_bytes(packed(model))
    with pytest.raises(UnsupportedError, match="computes with CONCATENATION; only constants can be assigned"):
        read_tflite(tmp_path / "n.tflite")
