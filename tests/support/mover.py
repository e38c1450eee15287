"""Random layers that only move values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from numpy.typing import NDArray

from scons_tinyml.stages.graph.families.moving.indexed_copy import IndexedCopy
from scons_tinyml.stages.graph.families.moving.runs import Runs
from scons_tinyml.stages.graph.families.moving.strided_copy import StridedCopy
from scons_tinyml.stages.graph.ir import OptionValue, TensorType
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.operators.gather import Gather
from scons_tinyml.stages.graph.operators.pad import Pad
from scons_tinyml.stages.graph.operators.reshape import Reshape
from scons_tinyml.stages.graph.operators.space_to_batch_nd import SpaceToBatchNd
from support.cases import SCALES, ZERO_POINTS, Case
from support.tflite_builder import NetworkBuilder

LENGTHS = st.integers(1, 6)

Layers = Callable[..., SearchStrategy[Case]]


class Mover:
    """Draws a layer: tensors of one type, quantized alike, with random bytes as values."""

    def __init__(self, draw: DrawFn, type_name: TensorType) -> None:
        self.draw = draw
        self.type = type_name
        self.net = NetworkBuilder()
        self._quantization: dict[str, float | int] = {}
        if type_name == "int8":
            self._quantization = {"scale": draw(SCALES), "zero_point": draw(ZERO_POINTS)}
        elif type_name == "uint8":
            self._quantization = {"scale": draw(SCALES), "zero_point": draw(ZERO_POINTS) + 128}
        elif type_name == "int16":
            self._quantization = {"scale": draw(SCALES)}

    def shape(self, least: int = 1, most: int = 4) -> tuple[int, ...]:
        """Draw a shape of `least` to `most` dimensions."""
        return tuple(self.draw(st.lists(LENGTHS, min_size=least, max_size=most)))

    def tensor(self, shape: Sequence[int]) -> int:
        """Add an activation."""
        return self.net.activation(shape, self.type, **self._quantization)  # type: ignore[arg-type]

    def constant(self, values: NDArray[np.generic]) -> int:
        """Add a constant with the quantization of the activations."""
        found = self._quantization
        scales, points = ([found["scale"]], [int(found.get("zero_point", 0))]) if found else ([], [])
        return self.net.constant(values, scales=scales, zero_points=points)

    def rescale(self) -> None:
        """Give the next tensors of int8 another scale and zero point."""
        self._quantization = {"scale": self.draw(SCALES), "zero_point": self.draw(ZERO_POINTS)}

    def integers(self, values: int | Sequence[int] | Sequence[Sequence[int]]) -> int:
        """Add a constant of integers."""
        return self.net.constant(np.array(values, np.int32))

    def case(
        self,
        operator: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        activations: Sequence[int] | None = None,
        **options: OptionValue,
    ) -> Case:
        """Return the layer; its inputs in `activations` get random values (default: the first)."""
        self.net.layer(operator, inputs, outputs, **options)
        given = [inputs[0]] if activations is None else activations
        graph = self.net.finish(given, outputs)
        return Case(graph, tuple(self.values(graph.tensors[index].shape) for index in given))

    def values(self, shape: Sequence[int]) -> NDArray[np.generic]:
        """Draw integers with any bits, or floats that are numbers, with zeros of both signs."""
        random = np.random.default_rng(self.draw(st.integers(0, 2**32 - 1)))
        if self.type == "float32":
            return (random.normal(size=shape) * random.integers(0, 3, shape)).astype(np.float32)
        if self.type == "bool":
            return random.integers(0, 2, shape).astype(np.bool_)
        item = np.dtype(self.type)
        return np.frombuffer(random.bytes(prod(shape) * item.itemsize), item).reshape(shape)


def moving(build: Callable[[Mover], Case], *types: TensorType) -> Layers:
    @st.composite
    def layers(draw: DrawFn, type_name: str = "any") -> Case:
        return build(Mover(draw, draw(st.sampled_from(types)) if type_name == "any" else type_name))  # type: ignore[arg-type]

    return layers


def types_of(operator: str) -> tuple[TensorType, ...]:
    found = find_operator(operator)
    assert isinstance(found, StridedCopy | IndexedCopy | Runs | Gather | Pad | Reshape | SpaceToBatchNd)
    return found.types
