"""Layers on several images: their kernels compute one image, and are called once for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from scons_tinyml.stages.graph.ir import LayerView, Tensor
from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.implementation import (
    Argument,
    EachImage,
    Implementation,
    Input,
    Lowered,
    Output,
    Refusal,
)


def one_image(view: LayerView) -> LayerView:
    """Return the layer on its first image alone; the layer itself when its kernels compute all images at once."""
    operator = known_operator(view)
    images = operator.images(view)
    if images == 1:
        return view
    parted = {*(view.input(position).index for position in operator.image_inputs), *view.layer.outputs}
    tensors = tuple(
        _first(tensor, images) if tensor.index in parted else tensor for tensor in view.graph.tensors
    )
    return replace(view, graph=replace(view.graph, tensors=tensors))


def for_each_image(view: LayerView, lowered: Iterable[Lowered]) -> tuple[Lowered, ...]:
    """Return `lowered`, the results for `one_image(view)`, as those for the layer of `view`."""
    operator = known_operator(view)
    images = operator.images(view)
    if images == 1:
        return tuple(lowered)
    positions = operator.image_inputs
    return tuple(
        item if isinstance(item, Refusal) else _repeated(item, images, positions) for item in lowered
    )


def _first(tensor: Tensor, images: int) -> Tensor:
    state = None if tensor.state is None else tensor.state[: len(tensor.state) // images]
    return replace(tensor, shape=(tensor.shape[0] // images, *tensor.shape[1:]), state=state)


def _repeated(item: Implementation, images: int, positions: tuple[int, ...]) -> Implementation:
    """Return `item` called for each image. Where images share an input, the output must not replace it."""

    def moved(argument: Argument) -> Argument:
        parted = isinstance(argument, Output) or (
            isinstance(argument, Input) and argument.position in positions
        )
        return EachImage(argument, images) if parted and isinstance(argument, Input | Output) else argument

    arguments = tuple(map(moved, item.arguments))
    shared = any(isinstance(argument, Input) for argument in arguments)
    return replace(item, arguments=arguments, in_place=item.in_place and not shared)
