"""Files as converters other than TensorFlow's write them: read as what they mean, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.errors import InputError, ModelFileError, UnsupportedError
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import CanonicalNetwork, read_canonical
from scons_tinyml.stages.litert import run_litert
from scons_tinyml.stages.oracle import Oracle
from support.effort import examples
from support.tflite_builder import NetworkBuilder, changed, packed, schema, to_tflite

DENSE = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
WEIGHTS = np.array([[0.1, -2, 3, 0.5], [1, 0, -1, 65504]], np.float32)
Change = Callable[[Any], None]


def read(folder: Path, network: Graph | bytes, signature: str | None = None) -> CanonicalNetwork:
    """The network as a build takes it, after its checks."""
    path = folder / "net.tflite"
    path.write_bytes(network if isinstance(network, bytes) else to_tflite(network))
    found = read_canonical(path, signature)
    require_valid(found.graph, path)
    return found


def operators(network: CanonicalNetwork) -> list[str]:
    return [layer.operator for layer in network.graph.layers]


def constants(network: CanonicalNetwork) -> list[list[Any]]:
    found = (tensor for tensor in network.graph.tensors if tensor.data is not None)
    return [np.frombuffer(tensor.data or b"", tensor.type).tolist() for tensor in found]


def dense(
    weights: np.ndarray, *, dequantized: bool, activations: str = "float32", **quantization: Any
) -> Graph:
    """FULLY_CONNECTED without a bias, its weights as they are or behind a layer that makes them float32."""
    net = NetworkBuilder()
    x, y = net.activation((1, weights.shape[1]), activations), net.activation((1, len(weights)), activations)
    read_from = stored = net.constant(weights, **quantization)
    if dequantized:
        read_from = net.activation(weights.shape, "float32")
        net.layer("DEQUANTIZE", [stored], [read_from])
    net.layer("FULLY_CONNECTED", [x, read_from, None], [y], **DENSE)
    return net.finish([x], [y])


def test_a_file_with_nothing_to_change_stays_as_it_is(tmp_path):
    network = to_tflite(dense(WEIGHTS, dequantized=False))
    found = read(tmp_path, network)
    assert (found.tflite, found.notes) == (network, ())


@pytest.mark.parametrize("dequantized", [True, False])
def test_float16_weights_are_float32(tmp_path, dequantized):
    halves = WEIGHTS.astype(np.float16)
    found = read(tmp_path, dense(halves, dequantized=dequantized))
    assert operators(found) == ["FULLY_CONNECTED"]
    assert constants(found) == [halves.astype(np.float32).ravel().tolist()]
    assert found.notes == ("1 tensors of float16 are float32 in the firmware",)
    values = np.array([[1, 2, 3, 4]], np.float32)
    assert Oracle(found.tflite).run([values])[0].tolist() == (values @ halves.astype(np.float32).T).tolist()


def test_float16_activations_are_float32(tmp_path):
    net = NetworkBuilder()
    x, half, y, z = (net.activation((1, 4), kind) for kind in ("float32", "float16", "float16", "float32"))
    net.layer("CAST", [x], [half], in_data_type=0, out_data_type=1)
    net.layer("NEG", [half], [y])
    net.layer("CAST", [y], [z], in_data_type=1, out_data_type=0)
    found = read(tmp_path, net.finish([x], [z]))
    assert operators(found) == ["NEG"]
    assert {tensor.type for tensor in found.graph.tensors} == {"float32"}
    assert Oracle(found.tflite).run([np.ones((1, 4), np.float32)])[0].tolist() == [[-1.0] * 4]


def test_float16_of_the_wrong_length_is_told(tmp_path):
    def cut(model: Any) -> None:
        model.buffers[1].data = model.buffers[1].data[:-1]

    with pytest.raises(ModelFileError, match=r"buffer 1 has 15 bytes; shape .2, 4. of float32 takes 32"):
        read(tmp_path, changed(dense(WEIGHTS.astype(np.float16), dequantized=False), cut))


@settings(max_examples=examples(10), deadline=None)
@given(
    type_name=st.sampled_from(["int8", "uint8", "int16"]),
    scales=st.lists(st.floats(2**-20, 1024, width=32), min_size=1, max_size=3),
    seed=st.integers(0, 2**31),
)
def test_weights_of_a_hybrid_are_what_litert_dequantizes(tmp_path_factory, type_name, scales, seed):
    random, limits = np.random.default_rng(seed), np.iinfo(type_name)
    rows = len(scales) if len(scales) > 1 else 3
    weights = random.integers(limits.min, limits.max + 1, (rows, 4)).astype(type_name)
    points = [int(random.integers(0, 100)) if type_name == "uint8" else 0 for _ in scales]
    stored = {"scales": scales, "zero_points": points}
    found = read(tmp_path_factory.mktemp("hybrid"), dense(weights, dequantized=False, **stored))
    expected = dense(weights, dequantized=True, **stored)
    if len(scales) == 1:  # LiteRT's reference kernel has no DEQUANTIZE of several scales
        values = np.eye(4, dtype=np.float32)[:1]
        assert (
            Oracle(found.tflite).run([values])[0].tolist()
            == run_litert(to_tflite(expected), [values])[0].tolist()
        )
    real = (weights - np.array(points)[:, None]) * np.float32(scales).astype(np.float64)[:, None]
    assert constants(found) == [real.astype(np.float32).ravel().tolist()]
    assert found.notes[0].startswith("1 integer weights of float layers are float32 in the firmware")


def test_int4_weights_of_a_hybrid(tmp_path):
    net = NetworkBuilder()
    x, y = net.activation((1, 3), "float32"), net.activation((1, 3), "float32")
    weights = net.packed([[1, -2, 7], [-8, 0, 3], [5, -1, 4]], scales=(0.5, 1.0, 2.0))
    net.layer("FULLY_CONNECTED", [x, weights, None], [y], **DENSE)
    found = read(tmp_path, net.finish([x], [y]))
    assert constants(found) == [[0.5, -1.0, 3.5, -8.0, 0.0, 3.0, 10.0, -2.0, 8.0]]


def test_integer_layers_keep_their_weights(tmp_path):
    net = NetworkBuilder()
    x, y = (net.activation((1, 4), "int8", scale=0.5) for _ in range(2))
    weights = net.constant(np.arange(16, dtype=np.int8).reshape(4, 4), scales=[0.25])
    net.layer("FULLY_CONNECTED", [x, weights, None], [y], **DENSE)
    assert read(tmp_path, net.finish([x], [y])).notes == ()


def test_weights_that_are_dequantized_in_every_inference_are_so_once(tmp_path):
    """Weight-only quantization writes this."""
    weights = np.array([[1, -2], [3, 127]], np.int8)
    found = read(tmp_path, dense(weights, dequantized=True, scales=[0.5]))
    assert operators(found) == ["FULLY_CONNECTED"]
    assert constants(found) == [[0.5, -1.0, 1.5, 63.5]]


def zeros_of_its_size(*, output: bool = False) -> Graph:
    """What an exporter writes for the first state of an LSTM: zeros in the batch of the input, added to it."""
    net = NetworkBuilder()
    x, y = net.activation((1, 4), "float32"), net.activation((1, 4), "float32")
    shape, batch, wanted = (net.activation((size,), "int32") for size in (2, 1, 2))
    state = net.activation((1, 4), "float32")
    net.layer("SHAPE", [x], [shape])
    net.layer("GATHER", [shape, net.constant(np.array([0], np.int32))], [batch], axis=0, batch_dims=0)
    net.layer("CONCATENATION", [batch, net.constant(np.array([4], np.int32))], [wanted], axis=0)
    net.layer("FILL", [wanted, net.constant(np.array(0.5, np.float32))], [state])
    net.layer("ADD", [x, state], [y], fused_activation_function="NONE")
    return net.finish([x], [y, shape] if output else [y])


def test_layers_that_compute_the_same_every_time_are_gone(tmp_path):
    found = read(tmp_path, zeros_of_its_size())
    assert operators(found) == ["ADD"]
    assert constants(found) == [[0.5] * 4]
    assert found.notes == ("4 layers that compute the same in every inference are computed already",)


def test_what_is_put_out_is_no_constant(tmp_path):
    with pytest.raises(UnsupportedError, match="operator SHAPE is not supported"):
        read(tmp_path, zeros_of_its_size(output=True))


def test_random_numbers_and_what_litert_refuses_are_left_to_the_checks(tmp_path):
    def code(number: int) -> Change:
        return lambda model: setattr(model.operatorCodes[3], "builtinCode", number)

    drawn = changed(zeros_of_its_size(), code(schema.BuiltinOperator.RANDOM_UNIFORM))
    with pytest.raises(UnsupportedError, match=r"layer 0 \(random_uniform_0\): operator RANDOM_UNIFORM"):
        read(tmp_path, drawn)
    refused = changed(zeros_of_its_size(), code(schema.BuiltinOperator.RFFT2D))
    with pytest.raises(UnsupportedError, match="operator RFFT2D is not supported"):
        read(tmp_path, refused)


def two_networks(*keys: str) -> bytes:
    """NEG in subgraph 0 and ABS in subgraph 1, each with the signature of its place in `keys`."""

    def add(model: Any) -> None:
        model.operatorCodes.append(schema.OperatorCodeT(builtinCode=schema.BuiltinOperator.ABS))
        model.subgraphs.append(schema.ModelT.InitFromPackedBuf(to_tflite(network)).subgraphs[0])
        model.subgraphs[1].operators[0].opcodeIndex = 1
        model.signatureDefs = [signature(key, place) for place, key in enumerate(keys) if key]

    net = NetworkBuilder()
    x, y = net.activation((1, 4), "float32"), net.activation((1, 4), "float32")
    net.layer("NEG", [x], [y])
    network = net.finish([x], [y])
    return changed(network, add)


def signature(key: str, subgraph: int) -> Any:
    def ports(names: Sequence[str]) -> list[Any]:
        return [
            schema.TensorMapT(name=f"{key}_{name}", tensorIndex=index) for index, name in enumerate(names)
        ]

    entries = ports(["in", "out"])
    return schema.SignatureDefT(
        signatureKey=key, subgraphIndex=subgraph, inputs=entries[:1], outputs=entries[1:]
    )


@pytest.mark.parametrize(("key", "operator"), [("one", "NEG"), ("two", "ABS")])
def test_the_network_of_a_signature(tmp_path, key, operator):
    found = read(tmp_path, two_networks("one", "two"), key)
    assert operators(found) == [operator]
    assert (found.graph.input_names, found.graph.output_names) == ((f"{key}_in",), (f"{key}_out",))
    assert found.notes == ("1 of 2 subgraphs are left out",)
    result = Oracle(found.tflite).run([np.array([[1, -2, 3, -4]], np.float32)])[0]
    assert result.tolist() == ([[-1, 2, -3, 4]] if operator == "NEG" else [[1, 2, 3, 4]])


def test_several_networks_and_none_chosen(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path, two_networks("one", "two"))
    assert str(caught.value) == (
        f"{tmp_path / 'net.tflite'}: signature: holds 2 networks, with the signatures 'one', 'two'; "
        'which one is to be built?\n  in a model.toml, beside source: signature = "one"'
    )


def test_a_signature_that_is_not_there(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path, two_networks("encode", "decode"), "encoder")
    assert str(caught.value) == (
        f"{tmp_path / 'net.tflite'}: signature: the file has no signature 'encoder'; it has 'encode', 'decode'\n"
        "  did you mean 'encode'? Known: decode, encode"
    )
    with pytest.raises(InputError, match=r"has no signature 'any'; it has none$"):
        read(tmp_path, dense(WEIGHTS, dequantized=False), "any")


def test_a_signature_of_a_subgraph_that_is_not_there(tmp_path):
    data = two_networks("one")
    model = schema.ModelT.InitFromPackedBuf(data)
    model.signatureDefs[0].subgraphIndex = 7
    with pytest.raises(ModelFileError, match=r"signatures: names subgraph 7; the file has 2$"):
        read(tmp_path, packed(model))


@pytest.mark.parametrize(("keys", "operator"), [(("", "two"), "ABS"), (("one",), "NEG"), ((), "NEG")])
def test_subgraphs_that_no_signature_names_are_left_out(tmp_path, keys, operator):
    assert operators(read(tmp_path, two_networks(*keys))) == [operator]


def outside(gap: int, cut: int = 0) -> bytes:
    """A file whose weights lie `gap` bytes behind the flatbuffer, without the last `cut` of them."""
    weights = WEIGHTS.tobytes()

    def put(start: int) -> bytes:
        def change(model: Any) -> None:
            model.buffers[1].data, model.buffers[1].offset, model.buffers[1].size = None, start, len(weights)

        return changed(dense(WEIGHTS, dequantized=False), change)

    head = put(len(put(2**33)) + gap)
    return head + bytes(gap) + weights[: len(weights) - cut]


def test_constants_behind_the_flatbuffer(tmp_path):
    found = read(tmp_path, outside(12))
    assert constants(found) == [WEIGHTS.ravel().tolist()]
    assert found.notes == ("1 constants lie behind the flatbuffer",)
    assert Oracle(found.tflite).run([np.ones((1, 4), np.float32)])[0].shape == (1, 2)


def test_constants_behind_the_end_of_the_file(tmp_path):
    with pytest.raises(
        ModelFileError, match=r"buffer 1: lies at bytes \d+ to \d+ of the file, which has \d+\n"
    ):
        read(tmp_path, outside(12, cut=1))


def test_rows_of_a_table_are_gathered(tmp_path):
    net = NetworkBuilder()
    x, y = net.activation((3,), "int32"), net.activation((3, 4), "float32")
    net.layer("EMBEDDING_LOOKUP", [x, net.constant(WEIGHTS)], [y])
    found = read(tmp_path, net.finish([x], [y]))
    assert operators(found) == ["GATHER"]
    result = Oracle(found.tflite).run([np.array([1, 0, 1], np.int32)])[0]
    assert result.tolist() == WEIGHTS[[1, 0, 1]].tolist()


def selected(condition: Sequence[int]) -> Graph:
    net = NetworkBuilder()
    which, x, y, z = (
        net.activation(shape, kind)
        for shape, kind in (
            (condition, "bool"),
            ((1, 2), "float32"),
            ((1, 2), "float32"),
            ((1, 2), "float32"),
        )
    )
    net.layer("SELECT", [which, x, y], [z])
    return net.finish([which, x, y], [z])


def test_select_without_repetition_is_select_v2(tmp_path):
    found = read(tmp_path, selected((1, 2)))
    assert operators(found) == ["SELECT_V2"]
    which = np.array([[True, False]])
    ones, twos = (np.full((1, 2), value, np.float32) for value in (1, 2))
    assert Oracle(found.tflite).run([which, ones, twos])[0].tolist() == [[1, 2]]


def test_select_of_whole_rows_is_refused(tmp_path):
    with pytest.raises(UnsupportedError, match="operator SELECT is not supported"):
        read(tmp_path, selected((1,)))


def test_options_that_are_left_out_have_their_defaults(tmp_path):
    net = NetworkBuilder()
    x, y = net.activation((1, 4), "float32"), net.activation((1, 4), "float32")
    net.layer("GELU", [x], [y])

    def without(model: Any) -> None:
        model.subgraphs[0].operators[0].builtinOptionsType = 0

    found = read(tmp_path, changed(net.finish([x], [y]), without))
    assert found.graph.layers[0].options == {"approximate": False}


def test_operators_whose_options_stand_in_the_second_union(tmp_path):
    def stable(model: Any) -> None:
        model.operatorCodes[0].builtinCode = schema.BuiltinOperator.STABLEHLO_CONCATENATE
        layer = model.subgraphs[0].operators[0]
        layer.builtinOptionsType, layer.builtinOptions = 0, None
        layer.builtinOptions2Type = schema.BuiltinOptions2.StablehloConcatenateOptions
        layer.builtinOptions2 = schema.StablehloConcatenateOptionsT()

    with pytest.raises(UnsupportedError, match="operator STABLEHLO_CONCATENATE is not supported"):
        read(tmp_path, changed(dense(WEIGHTS, dequantized=False), stable))


def _without_tensors(model: Any) -> None:
    model.subgraphs[0].tensors = model.subgraphs[0].inputs = None
    model.subgraphs[0].outputs, model.subgraphs[0].operators = [], []


def _call_with_options_of_another(model: Any) -> None:
    model.operatorCodes[0].builtinCode = schema.BuiltinOperator.CALL_ONCE


@pytest.mark.parametrize("change", [_without_tensors, _call_with_options_of_another])
def test_what_the_fuzzer_has_found(tmp_path, change):
    with pytest.raises(InputError):
        read(tmp_path, changed(dense(WEIGHTS, dequantized=False), change))


def test_options_at_an_offset_beyond_any_file(tmp_path):
    data = bytearray(to_tflite(dense(WEIGHTS, dequantized=False)))
    layer = schema.Model.GetRootAs(data, 0).Subgraphs(0).Operators(0)
    place = layer._tab.Pos + layer._tab.Offset(12)
    data[place : place + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(ModelFileError, match="is not a valid TensorFlow Lite flatbuffer"):
        read(tmp_path, bytes(data))


def test_metadata_and_versions_of_operators_do_not_matter(tmp_path):
    def newer(model: Any) -> None:
        model.operatorCodes[0].version = 12
        model.metadata = [schema.MetadataT(name="min_runtime_version", buffer=0)]

    assert operators(read(tmp_path, changed(dense(WEIGHTS, dequantized=False), newer))) == ["FULLY_CONNECTED"]
