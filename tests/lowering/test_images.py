"""Layers on several images: lowered as one image, called for each, and told apart in keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scons_tinyml.records.board import read_board
from scons_tinyml.stages.firmware.toolchain import find_toolchain
from scons_tinyml.stages.graph.ir import Graph, LayerView
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core
from scons_tinyml.stages.lowering.images import for_each_image, one_image
from scons_tinyml.stages.lowering.implementation import (
    ConstantData,
    EachImage,
    Implementation,
    Input,
    Lowered,
    Output,
    Parameters,
    Refusal,
    Scratch,
)
from scons_tinyml.stages.lowering.lower import lower_layer
from scons_tinyml.stages.lowering.sources import KernelSources
from scons_tinyml.stages.measure.identity import Identity
from support.kernel_calls import KERNELS
from support.networks import images, sequences, small_int8

BOARD = read_board(KERNELS.parent / "boards" / "stm32l4.toml")
SOURCES = KernelSources.read([KERNELS]).only(["reference"])


def layer_of(graph: Graph, operator: str) -> LayerView:
    return next(view for view in graph.views() if view.layer.operator == operator)


CONV = layer_of(images("int8"), "CONV_2D")


def lowered(view: LayerView) -> Implementation:
    (found,) = [
        item
        for item in lower_layer(view, SOURCES.providers, Core.of(BOARD))
        if isinstance(item, Implementation)
    ]
    return found


def test_providers_get_the_first_image() -> None:
    seen: list[LayerView] = []

    class Provider:
        def lower(self, view: LayerView, core: Core) -> list[Lowered]:  # noqa: ARG002
            seen.append(view)
            return [Refusal("mine/none", "only looks")]

    assert lower_layer(CONV, [Provider()], Core.of(BOARD)) == (Refusal("mine/none", "only looks"),)
    assert (seen[0].input(0).shape, seen[0].input(1).shape, seen[0].output().shape) == (
        (1, 5, 3, 2),
        (5, 3, 3, 2),
        (1, 5, 3, 5),
    )


def test_a_layer_on_one_image_stays_as_it_is() -> None:
    view = layer_of(small_int8(), "CONV_2D")
    assert one_image(view) is view
    assert lowered(view).images == 1
    assert not any(isinstance(argument, EachImage) for argument in lowered(view).arguments)


def test_tensors_with_a_part_for_each_image_move_and_others_do_not() -> None:
    kinds = [type(argument) for argument in lowered(CONV).arguments]
    assert kinds == [Parameters, EachImage, ConstantData, ConstantData, EachImage, Scratch]
    assert [item for item in lowered(CONV).arguments if isinstance(item, EachImage)] == [
        EachImage(Input(0), 3),
        EachImage(Output(0), 3),
    ]


def test_states_of_sequences_move_too() -> None:
    view = layer_of(sequences("float32"), "UNIDIRECTIONAL_SEQUENCE_LSTM")
    moved = [item.address for item in lowered(view).arguments if isinstance(item, EachImage)]
    assert moved == [Input(0), Input(18), Input(19), Output(0)]
    assert one_image(view).input(19).state == bytes(4 * 5)


def test_an_output_never_replaces_what_the_images_share() -> None:
    """The second image would read a filter that the output of the first one has overwritten."""
    own = Implementation("mine/pool", "pool", lowered(CONV).code, (Input(0), Output(0)), in_place=True)
    shared = replace(own, arguments=(Input(0), Input(1), Output(0)))
    assert [item.in_place for item in for_each_image(CONV, [own, shared])] == [True, False]  # type: ignore[union-attr]


@pytest.mark.parametrize("operator", ["CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"])
def test_macs_are_those_of_all_images(operator: str) -> None:
    view = layer_of(images("int8"), operator)
    count = known_operator(view).images(view)
    assert known_operator(view).macs(view) == count * known_operator(view).macs(one_image(view)) > 0


def test_rows_of_several_images_are_rows_of_their_own() -> None:
    identity = Identity(BOARD, find_toolchain(), SOURCES, "an oracle")
    three, one = (dict(identity.cost(view, lowered(view)).attributes) for view in (CONV, one_image(CONV)))
    assert three == {**one, "images": 3}
    assert "images" not in one
