from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.records.errors import ModelFileError
from scons_tinyml.stages.command import call
from scons_tinyml.stages.graph.__main__ import main
from scons_tinyml.stages.graph.files import read_graph, write_graph
from scons_tinyml.stages.graph.ir import Graph, Quantization
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.graph.request import GraphRequest
from support.mlperf import FLOAT, INT8, mlperf_file
from support.tflite_builder import NetworkBuilder, to_tflite


def network() -> Graph:
    net = NetworkBuilder("small")
    x = net.activation((1, 3), "float32")
    weights = np.array([[1, -0.0, np.float32(0.1)]] * 3, np.float32)
    first, second = net.constant(weights), net.constant(weights)
    y, z = net.activation((1, 3), "float32"), net.activation((3,), "float32")
    options = {"fused_activation_function": "RELU", "weights_format": "DEFAULT", "keep_num_dims": False}
    net.layer("FULLY_CONNECTED", [x, first, None], [y], **options)
    net.layer("FULLY_CONNECTED", [y, second, None], [z], new_shape=(3,), **options)
    return replace(net.finish([x], [z]), notes=("padding is part of the layer that reads it",))


def paths(folder: Path) -> tuple[Path, Path]:
    return folder / "graph.json", folder / "graph.bin"


def test_round_trip(tmp_path: Path) -> None:
    write_graph(network(), *paths(tmp_path))
    assert read_graph(*paths(tmp_path)) == network()


@pytest.mark.parametrize("name", [*INT8, *FLOAT])
def test_round_trip_of_the_mlperf_networks(tmp_path: Path, name: str) -> None:
    graph = read_tflite(mlperf_file(name))
    write_graph(graph, *paths(tmp_path))
    assert read_graph(*paths(tmp_path)) == graph


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@given(
    scale=st.floats(width=32, min_value=2**-126, allow_infinity=False),
    zero_point=st.integers(-128, 127),
    name=st.text(),
    file_index=st.integers(0, 2**31),
)
def test_round_trip_is_exact(folder: Path, scale: float, zero_point: int, name: str, file_index: int) -> None:
    graph = network()
    tensor = replace(
        graph.tensors[0],
        name=name.encode("utf-8", "ignore").decode(),
        quantization=Quantization((scale,), (zero_point,)),
        file_index=file_index,
    )
    graph = replace(graph, tensors=(tensor, *graph.tensors[1:]))
    write_graph(graph, *paths(folder))
    assert read_graph(*paths(folder)) == graph


def test_the_same_graph_gives_the_same_bytes_and_equal_constants_are_stored_once(tmp_path: Path) -> None:
    first, second = paths(tmp_path / "a"), paths(tmp_path / "b")
    write_graph(network(), *first)
    write_graph(network(), *second)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert first[1].read_bytes() == network().tensors[1].data


def _edited(folder: Path, **changes: object) -> None:
    path = paths(folder)[0]
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_files_that_are_something_else(tmp_path: Path) -> None:
    file, constants = paths(tmp_path)
    with pytest.raises(ModelFileError, match=r"graph\.json: No such file"):
        read_graph(file, constants)
    write_graph(network(), file, constants)
    _edited(tmp_path, schema_version=0)
    with pytest.raises(ModelFileError, match=r"graph\.json: schema_version: found 0, expected 2"):
        read_graph(file, constants)
    write_graph(network(), file, constants)
    _edited(tmp_path, tensors=[{"name": "x"}])
    with pytest.raises(ModelFileError, match="is not a graph with its constants: KeyError"):
        read_graph(file, constants)
    file.write_text("{")
    with pytest.raises(ModelFileError, match="is not JSON"):
        read_graph(file, constants)


def test_constants_that_are_too_short(tmp_path: Path) -> None:
    file, constants = paths(tmp_path)
    write_graph(network(), file, constants)
    constants.write_bytes(constants.read_bytes()[:-1])
    with pytest.raises(ModelFileError, match="bytes 0 to 36 are not in the 35 bytes of constants"):
        read_graph(file, constants)


def _stage(folder: Path, tflite: Path) -> int:
    file, constants = paths(folder / "out")
    return call(main, GraphRequest(tflite=tflite, name="renamed", graph=file, constants=constants))


def test_stage(tmp_path: Path) -> None:
    tflite = tmp_path / "net.tflite"
    net = NetworkBuilder()
    x = net.activation((1, 4), "int8", scale=0.5)
    y = net.activation((1, 4), "int8", scale=1 / 256, zero_point=-128)
    net.layer("SOFTMAX", [x], [y], beta=1.0)
    tflite.write_bytes(to_tflite(net.finish([x], [y])))
    assert _stage(tmp_path, tflite) == 0
    assert read_graph(*paths(tmp_path / "out")) == replace(read_tflite(tflite), name="renamed")


def test_stage_writes_nothing_when_the_network_is_not_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tflite = tmp_path / "net.tflite"
    net = NetworkBuilder()
    x, y = net.activation((1, 4), "int8", scale=0.5), net.activation((1, 5), "int8", scale=1.0)
    net.layer("RESHAPE", [x], [y])
    tflite.write_bytes(to_tflite(net.finish([x], [y])))
    assert _stage(tmp_path, tflite) == 1
    assert not (tmp_path / "out").exists()
    assert capsys.readouterr().err.startswith(f"tinyml: error: {tflite}: layer 0 (RESHAPE): ")
