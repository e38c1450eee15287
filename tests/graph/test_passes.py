"""The list of passes: what it holds and in which order, and that each pass leaves a valid network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scons_tinyml.records.errors import InternalError
from scons_tinyml.registry import Plugins
from scons_tinyml.stages.graph.checks import check_graph
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.passes.base import Pass, run_passes
from scons_tinyml.stages.graph.passes.order import GRAPH_PASSES, MODEL_PASSES
from scons_tinyml.stages.graph.reader import read_canonical
from scons_tinyml.stages.graph.tflite.importer import import_graph
from scons_tinyml.stages.graph.tflite.model import Source, TfliteModel, check_references
from scons_tinyml.stages.graph.tflite.objects import packed, unpacked
from scons_tinyml.stages.oracle import Oracle
from support.tflite_builder import NetworkBuilder, to_tflite

FOLDERS = {
    Plugins("scons_tinyml.stages.graph.passes.model", provides="PASS"): MODEL_PASSES,
    Plugins("scons_tinyml.stages.graph.passes.graph", provides="PASS"): GRAPH_PASSES,
}
BATCH = {"begin_mask": 0, "end_mask": 0, "ellipsis_mask": 0, "new_axis_mask": 0, "shrink_axis_mask": 1}
VALUES = np.arange(8, dtype=np.float32).reshape(1, 8) - 3


def network() -> Graph:
    """NEG and RESHAPE to a computed shape, then ADD of a float16 constant that gets its shape in two steps."""
    net = NetworkBuilder()
    shapes = ((1, 8), (1, 8), (1, 2, 4), (1, 2, 4))
    source, flat, cube, output = (net.activation(shape, "float32") for shape in shapes)
    whole, batch, shape = (net.activation(size, "int32") for size in ((2,), (), (3,)))
    narrow, wide = net.activation((8,), "float16"), net.activation((1, 2, 4), "float16")
    bounds = [net.constant(np.array([value], np.int32)) for value in (0, 1, 1)]
    sizes = [net.constant(np.array(size, np.int32)) for size in (2, 4)]
    offset = net.constant(np.arange(8, dtype=np.float16))
    net.layer("NEG", [source], [flat])
    net.layer("SHAPE", [flat], [whole])
    net.layer("STRIDED_SLICE", [whole, *bounds], [batch], **BATCH)
    net.layer("PACK", [batch, *sizes], [shape], values_count=3, axis=0)
    net.layer("RESHAPE", [flat, shape], [cube])
    net.layer("RESHAPE", [offset, net.constant(np.array([8], np.int32))], [narrow])
    net.layer("RESHAPE", [narrow, net.constant(np.array([1, 2, 4], np.int32))], [wide])
    net.layer("ADD", [cube, wide], [output], fused_activation_function="NONE", pot_scale_int16=False)
    return net.finish([source], [output])


def model_of(network: Graph) -> TfliteModel:
    data = to_tflite(network)
    return TfliteModel(unpacked(data), Source(Path("net.tflite"), data))


def imported(network: Graph) -> Graph:
    return import_graph(Path("net.tflite"), to_tflite(network))


def test_the_list_holds_every_file_in_its_order():
    assert [one.name for one in MODEL_PASSES] == [
        "embed_constants",
        "select_signature",
        "inline_control_flow",
        "widen_float16",
        "widen_weights",
        "fix_given_shapes",
        "fix_batch",
        "fold_constants",
        "replace_aliases",
    ]
    assert [one.name for one in GRAPH_PASSES] == [
        "remove_shape_arithmetic",
        "fold_constant_reshapes",
        "remove_conversions",
        "merge_transposes",
        "fuse_padding",
        "fuse_activations",
        "merge_lookups",
        "fold_constant_channels",
    ]
    for package, listed in FOLDERS.items():
        assert sorted(one.name for one in listed) == list(package.names())


@pytest.mark.parametrize("one", [*MODEL_PASSES, *GRAPH_PASSES], ids=lambda one: one.name)
def test_a_pass_is_called_like_its_file_and_says_why_outputs_stay(one: Pass[Any]):
    assert one.rewrite.__module__.rpartition(".")[2] == one.name
    assert "\n\nOutputs stay equal: " in one.description


@pytest.mark.parametrize("one", MODEL_PASSES, ids=lambda one: one.name)
def test_a_model_with_nothing_to_rewrite_is_the_same_and_has_no_notes(one: Pass[TfliteModel]):
    net = NetworkBuilder()
    source, output = (net.activation((1, 4), "float32") for _ in range(2))
    net.layer("NEG", [source], [output])
    model = model_of(net.finish([source], [output]))
    assert one.rewrite(model) == (model, ())


@pytest.mark.parametrize("one", GRAPH_PASSES, ids=lambda one: one.name)
def test_a_graph_with_nothing_to_rewrite_is_the_same_and_has_no_notes(one: Pass[Graph]):
    net = NetworkBuilder()
    source, output = (net.activation((1, 4), "float32") for _ in range(2))
    net.layer("NEG", [source], [output])
    graph = imported(net.finish([source], [output]))
    assert one.rewrite(graph) == (graph, ())


def test_passes_over_the_model_are_noted_in_order():
    model, notes = run_passes(MODEL_PASSES, model_of(network()), check_references)
    assert notes == (
        "3 tensors of float16 are float32 in the firmware",
        "5 layers that compute the same in every inference are computed already",
    )
    assert [model.name(layer) for layer in model.operators] == ["NEG", "RESHAPE", "ADD"]


def test_passes_over_the_graph_are_noted_in_order():
    graph, notes = run_passes(GRAPH_PASSES, imported(shapes_of_float32()), check_graph)
    assert notes == (
        "1 shapes are computed that the file has already; 3 layers are left out",
        "2 layers that only give a constant another shape are left out",
    )
    assert [layer.name for layer in graph.layers] == ["neg_0", "reshape_4", "add_7"]


def shapes_of_float32() -> Graph:
    """The same network with a constant of float32."""
    found = network()
    constant = np.arange(8, dtype=np.float32).tobytes()
    tensors = tuple(
        replace(tensor, type="float32", data=tensor.data and constant) if tensor.type == "float16" else tensor
        for tensor in found.tensors
    )
    return replace(found, tensors=tensors)


@pytest.mark.parametrize("count", range(len(MODEL_PASSES) + 1))
def test_outputs_stay_equal_after_every_pass_over_the_model(count: int):
    model, _ = run_passes(MODEL_PASSES[:count], model_of(shapes_of_float32()), check_references)
    expected = (np.arange(8, dtype=np.float32) - VALUES).reshape(1, 2, 4)
    assert Oracle(packed(model.tables)).run([VALUES])[0].tolist() == expected.tolist()


def test_reading_runs_both_lists(tmp_path: Path):
    path = tmp_path / "net.tflite"
    path.write_bytes(to_tflite(network()))
    found = read_canonical(path)
    assert [layer.operator for layer in found.graph.layers] == ["NEG", "RESHAPE", "ADD"]
    assert found.notes == run_passes(MODEL_PASSES, model_of(network()), check_references)[1]


def break_order(graph: Graph) -> tuple[Graph, tuple[str, ...]]:
    first, *others = graph.layers
    return replace(graph, layers=(*others, first)), ("layers are in another order",)


def test_a_pass_that_breaks_a_valid_network_is_a_bug():
    graph = run_passes(GRAPH_PASSES, imported(shapes_of_float32()), check_graph)[0]
    expected = r"net\.tflite: the pass break_order made a network that is not valid: layer 0 has the index 1"
    with pytest.raises(InternalError, match=expected):
        run_passes([Pass("break_order", break_order)], graph, check_graph, Path("net.tflite"))


def test_a_network_that_is_wrong_to_begin_with_is_left_to_its_reader():
    graph = break_order(imported(shapes_of_float32()))[0]
    assert check_graph(graph)
    assert run_passes([Pass("break_order", break_order)], graph, check_graph)[1] == (
        "layers are in another order",
    )


def test_a_pass_that_breaks_references_of_a_model_is_a_bug():
    def cut(model: TfliteModel) -> tuple[TfliteModel, tuple[str, ...]]:
        model.tables.subgraphs[0].tensors = model.tensors[:1]
        return model, ("tensors are gone",)

    with pytest.raises(InternalError, match="cut made a network that is not valid: subgraph 0 has no tensor"):
        run_passes([Pass("cut", cut)], model_of(network()), check_references)
