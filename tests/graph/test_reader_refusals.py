"""Files that are damaged, unsupported or no networks: a typed error, whatever is in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.errors import InputError, ModelFileError, UnsupportedError
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import read_tflite
from scons_tinyml.stages.graph.tflite.flatbuffer import Damaged
from scons_tinyml.stages.graph.tflite.objects import unpacked
from support.effort import examples
from support.mlperf import mlperf_file
from support.shared_tables import file_of_one_tensor
from support.small_file import SMALL, write
from support.tflite_builder import changed, schema


def _tensor(field: str, value: Any, index: int = 0) -> Callable[[Any], None]:
    return lambda model: setattr(model.subgraphs[0].tensors[index], field, value)


def _operator(field: str, value: Any) -> Callable[[Any], None]:
    return lambda model: setattr(model.subgraphs[0].operators[0], field, value)


def _subgraph(field: str, value: Any) -> Callable[[Any], None]:
    return lambda model: setattr(model.subgraphs[0], field, value)


def _code(builtin: int, custom: str | None = None) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        model.operatorCodes[0].builtinCode = builtin
        model.operatorCodes[0].deprecatedBuiltinCode = min(builtin, 127)
        model.operatorCodes[0].customCode = custom

    return change


def _activation(value: int) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        model.subgraphs[0].operators[0].builtinOptions.fusedActivationFunction = value

    return change


def _blockwise(model: Any) -> None:
    quantization = model.subgraphs[0].tensors[1].quantization
    quantization.detailsType = schema.QuantizationDetails.BlockwiseQuantization
    quantization.details = schema.BlockwiseQuantizationT()


def _second_subgraph(model: Any) -> None:
    model.subgraphs.append(model.subgraphs[0])


def _outside(model: Any) -> None:
    model.buffers[1].offset, model.buffers[1].size = 4096, 12


DAMAGED = [
    (lambda model: setattr(model, "version", 2), "version: found schema version 2, expected 3"),
    (lambda model: setattr(model, "subgraphs", []), "subgraphs: found none, expected 1"),
    (_subgraph("operators", []), "subgraph 0: has no operator"),
    (_subgraph("outputs", []), "subgraph 0: has no output"),
    (_subgraph("inputs", [9]), "inputs of the network: found tensor 9; the file has tensors 0 to 3"),
    (_subgraph("outputs", [-1]), "outputs of the network: found tensor -1; the file has tensors 0 to 3"),
    (_operator("opcodeIndex", 5), "layer 0: has operator code 5; the file has 2"),
    (
        _operator("inputs", [0, 77]),
        "layer 0 (FULLY_CONNECTED) inputs: found tensor 77; the file has tensors 0 to 3",
    ),
    (_operator("outputs", []), "layer 0 (FULLY_CONNECTED): has no output"),
    (_tensor("type", 99), "tensor 0 'tensor_0': found type number 99, which the schema does not have"),
    (_tensor("buffer", 8), "tensor 0 'tensor_0': has buffer 8; the file has 2"),
    (
        _tensor("shape", [3, 5], 1),
        "tensor 1 'tensor_1': buffer 1 has 12 bytes; shape [3, 5] of int8 takes 15",
    ),
    (
        _tensor("shapeSignature", [1, 2, 2]),
        "tensor 0 'tensor_0': shape [1, 4] and shape signature [1, 2, 2] differ in rank",
    ),
    (
        lambda model: setattr(model.subgraphs[0].tensors[0].quantization, "zeroPoint", [1, 2]),
        "tensor 0 'tensor_0': has 1 scales and 2 zero points",
    ),
]

UNSUPPORTED = [
    (
        _second_subgraph,
        "subgraphs: found 2; networks with control flow are not supported\n"
        "  LSTM, GRU and other recurrent layers of Keras are loops; with unroll=True their steps are written out, "
        "and the trained weights can be taken over",
    ),
    (
        _code(32, "MyOp"),
        "layer 0 (custom operator 'MyOp'): is not a builtin operator that this version knows",
    ),
    (
        _code(32, "edgetpu-custom-op"),
        "layer 0 (custom operator 'edgetpu-custom-op'): was compiled for Google's Edge TPU; "
        "give the .tflite file from before that",
    ),
    (_code(999), "layer 0 (operator code 999): is not a builtin operator that this version knows"),
    (
        _tensor("type", schema.TensorType.FLOAT16),
        "tensor 0 'tensor_0': type FLOAT16 is not supported\n"
        "  Known: int4, int8, uint8, bool, int16, int32, uint32, float32, int64, uint64",
    ),
    (
        _tensor("sparsity", schema.SparsityParametersT(), 1),
        "tensor 1 'tensor_1': sparse tensors are not supported\n  convert the network without sparsity",
    ),
    (
        lambda model: [
            change(model) for change in (_tensor("isVariable", True, 2), _tensor("shape", [2**29, 2], 2))
        ],
        "tensor 2 'tensor_2': state that a network keeps between inferences: found 1024.00 MiB (1,073,741,824 B), "
        "expected at most 16.00 MiB (16,777,216 B)\n  ten times the RAM of the largest shipped board; "
        "if the input is right, TINYML_LIMITS=state_bytes=... in the environment raises the limit",
    ),
    (
        _tensor("shapeSignature", [1, -1]),
        "tensor 0 'tensor_0': has the dynamic shape [1, -1]\n  convert with a fixed input shape",
    ),
    (
        _tensor("shape", [-1, 4]),
        "tensor 0 'tensor_0': has the dynamic shape [-1, 4]\n  convert with a fixed input shape",
    ),
    (
        _blockwise,
        "tensor 1 'tensor_1': BlockwiseQuantization is not supported; expected scales and zero points",
    ),
    (_outside, "tensor 1 'tensor_1': buffer 1 lies outside of the flatbuffer (12 bytes at 4096)"),
]


@pytest.mark.parametrize(("change", "message"), DAMAGED, ids=[message[:40] for _, message in DAMAGED])
def test_damaged(tmp_path: Path, change: Callable[[Any], None], message: str) -> None:
    path = write(tmp_path, changed(SMALL, change))
    with pytest.raises(ModelFileError) as caught:
        read_tflite(path)
    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.parametrize(("change", "message"), UNSUPPORTED, ids=[message[:40] for _, message in UNSUPPORTED])
def test_unsupported(tmp_path: Path, change: Callable[[Any], None], message: str) -> None:
    path = write(tmp_path, changed(SMALL, change))
    with pytest.raises(UnsupportedError) as caught:
        read_tflite(path)
    assert str(caught.value) == f"{path}: {message}"


def test_option_value_that_the_schema_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="fused_activation_function has the value 77, which Activation"):
        read_tflite(write(tmp_path, changed(SMALL, _activation(77))))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty; expected a TensorFlow Lite flatbuffer"),
        (b"abc", "is not a TensorFlow Lite flatbuffer: file identifier b'', expected b'TFL3'"),
        (
            b"#include <cstdint>\nalignas(8) const unsigned char g_model[] = {\n  0x1c, 0x00,",
            "is C source with the network as an array: give the .tflite file that it was made from",
        ),
        (
            b"static const uint8_t model_tflite[300568] = {0x1c};",
            "is C source with the network as an array: give the .tflite file that it was made from",
        ),
        (
            b"\n<!DOCTYPE html><html>",
            "is a web page: download the file itself, on GitHub by 'Raw'",
        ),
        (b"PK\x03\x04rest", "is a zip archive: unpack it, or name it .keras if Keras saved it"),
        (b"\x1f\x8b\x08rest", "is compressed by gzip: unpack it"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
            "is a pointer of Git LFS, not the network: 'git lfs pull' in its repository gets the file",
        ),
        (
            b"\x89PNG\r\n\x1a\n",
            "is not a TensorFlow Lite flatbuffer: file identifier b'\\r\\n\\x1a\\n', expected b'TFL3'",
        ),
    ],
)
def test_other_files(tmp_path: Path, data: bytes, message: str) -> None:
    path = write(tmp_path, data)
    with pytest.raises(ModelFileError) as caught:
        read_tflite(path)
    assert str(caught.value) == f"{path}: {message}"


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no such file"):
        read_tflite(tmp_path / "absent.tflite")
    with pytest.raises(ModelFileError, match="is a folder, not a file"):
        read_tflite(tmp_path)


def test_one_table_named_often_does_not_unfold_into_gigabytes(tmp_path: Path) -> None:
    assert len(read_tflite(write(tmp_path, file_of_one_tensor(3))).tensors) == 3
    large = file_of_one_tensor(20_000)
    with pytest.raises(ModelFileError, match="its parts are larger than the file"):
        read_tflite(write(tmp_path, large))
    with pytest.raises(Damaged, match="its parts are larger than the file"):
        unpacked(large)


def _read_or_error(folder: Path, data: bytes) -> Graph | InputError:
    """Anything but a Graph or a typed error fails the test."""
    try:
        return read_tflite(write(folder, data))
    except (ModelFileError, UnsupportedError) as error:
        assert str(error).startswith(str(folder))
        return error


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def test_every_truncation(folder: Path) -> None:
    results = [_read_or_error(folder, SMALL[:length]) for length in range(len(SMALL))]
    assert not any(isinstance(result, Graph) for result in results[: len(SMALL) // 2])


@settings(max_examples=examples(200), deadline=2000)
@given(st.binary(max_size=400))
def test_random_bytes(folder: Path, data: bytes) -> None:
    _read_or_error(folder, data)
    assert isinstance(_read_or_error(folder, data[:4].ljust(4, b"\0") + b"TFL3" + data[4:]), InputError)


@settings(max_examples=examples(400), deadline=2000)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(SMALL) - 4),
            st.one_of(
                st.binary(min_size=1, max_size=4),
                st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f"]),
            ),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_mutated_file(folder: Path, changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(SMALL)
    for place, patch in changes:
        data[place : place + len(patch)] = patch
    _read_or_error(folder, bytes(data))


@pytest.mark.parametrize("name", ["kws_ref_model", "pretrainedResnet_quant"])
@settings(max_examples=examples(40), deadline=None)
@given(data=st.data())
def test_mutated_real_file(folder: Path, name: str, data: st.DataObject) -> None:
    original = bytearray(mlperf_file(name).read_bytes())
    # Tables and vectors of indices stand before the weights in the first part, or after them in the last.
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(
            st.one_of(st.integers(0, 4096), st.integers(len(original) - 16384, len(original) - 4))
        )
        original[place : place + 4] = data.draw(st.binary(min_size=4, max_size=4))
    _read_or_error(folder, bytes(original))
