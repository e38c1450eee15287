"""Random whole networks: random layers of every operator, joined so that later layers read what earlier ones compute.

A layer takes an activation of the network where it can be made to fit: by QUANTIZE and DEQUANTIZE to another type or
scale, by SLICE and PAD to another number of values, by RESHAPE to another shape. Otherwise it gets an input of the
network of its own. What no layer reads is an output.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from numpy.typing import NDArray

from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.graph.families.quantization.scales import scale
from scons_tinyml.stages.graph.ir import Graph, Layer, Tensor
from scons_tinyml.stages.graph.operators import find_operator
from support.all_cases import KERNEL_CASES
from support.cases import Case
from support.kernel_calls import KERNELS, KernelFolder
from support.tflite_builder import NetworkBuilder

REFERENCE = KernelFolder(KERNELS / "reference").kernels

_JOINED = ("float32", "int8", "int16")
"""Types that layers pass on; inputs of other types are positions, conditions and the like."""
_OWN_INPUTS = ("CAST", "DIV")
"""Operators that are undefined for some values: floats beyond an integer, divisors of 0."""

_UNWRITTEN = ("SIGNAL_ENERGY",)
"""Operators of which TensorFlow Lite Micro leaves a part of the output as its memory was."""

_INT32 = 2.0**31
_SEEDS = st.integers(0, 2**32 - 1)
_SPREAD, _MODULUS = 2654435761, 2**32
"""Hypothesis prefers small numbers, which would be the same few operators: the product spreads them."""


@dataclass(frozen=True)
class NetworkCase:
    """A network, and values for its inputs."""

    graph: Graph
    inputs: tuple[NDArray[np.generic], ...] = field(repr=False)


@st.composite
def networks(draw: DrawFn, kernels: Collection[Kernel] = REFERENCE, most_layers: int = 4) -> NetworkCase:
    """Draw networks of 1 to `most_layers` layers that `kernels` compute, and of the layers that join them."""
    growing = _Growing(draw)
    known = ((kernel.operator, kernel.type) for kernel in kernels if kernel.operator not in _UNWRITTEN)
    choices = sorted(set(known))
    for _ in range(draw(st.integers(1, most_layers))):
        operator, type_name = choices[draw(_SEEDS) * _SPREAD % _MODULUS % len(choices)]
        growing.add(draw(KERNEL_CASES[operator](type_name)))
    return growing.finish()


class _Growing:
    """A network to which layers are added."""

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw
        self._net = NetworkBuilder()
        self._inputs: dict[int, NDArray[np.generic]] = {}
        self._layers: list[Layer] = []

    def add(self, case: Case) -> None:
        """Add the layer of `case`, whose inputs are activations of this network where they can be."""
        values = dict(zip(case.graph.inputs, case.inputs, strict=True))
        layer = case.view.layer
        placed = {
            tensor.index: self._input(case, tensor, values[tensor.index])
            if tensor.index in values
            else self._net.add(tensor)
            for tensor in case.graph.tensors
        }
        inputs = [None if index is None else placed[index] for index in layer.inputs]
        self._layer(layer.operator, inputs, [placed[index] for index in layer.outputs], layer)

    def finish(self) -> NetworkCase:
        """Return the network, of which some activations that layers read are outputs too."""
        made = [index for layer in self._layers for index in layer.outputs]
        read = {index for layer in self._layers for index in layer.inputs}
        outputs = [index for index in made if index not in read or self._draw(st.integers(0, 5)) == 0]
        graph = self._net.finish(list(self._inputs), outputs)
        return NetworkCase(graph, tuple(self._inputs.values()))

    def _input(self, case: Case, wanted: Tensor, values: NDArray[np.generic]) -> int:
        known = [tensor for tensor in self._activations() if tensor.type in _JOINED]
        if known and _takes_any_value(case, wanted) and self._draw(st.integers(0, 3)):
            found = self._fitted(self._draw(st.sampled_from(known)), wanted)
            if found is not None:
                return found
        index = self._net.add(wanted)
        self._inputs[index] = values
        return index

    def _activations(self) -> list[Tensor]:
        made = (index for layer in self._layers for index in layer.outputs)
        tensors = self._net.finish([], []).tensors
        return [tensors[index] for index in (*self._inputs, *made)]

    def _fitted(self, source: Tensor, wanted: Tensor) -> int | None:
        """Return a tensor like `wanted` with values of `source`; None where no layer can make it."""
        if (source.type, source.quantization) != (wanted.type, wanted.quantization):
            operator = "DEQUANTIZE" if wanted.type == "float32" else "QUANTIZE"
            other = replace(wanted, shape=source.shape)
            if not _is_valid(operator, source, other):
                return None
            source = self._moved(operator, source, other)
        if source.elements != wanted.elements:
            source = self._sized(self._reshaped(source, (source.elements,)), wanted.elements)
        return self._reshaped(source, wanted.shape).index

    def _sized(self, source: Tensor, count: int) -> Tensor:
        """Return `source`, a row, cut or padded to `count` values."""
        target = replace(source, shape=(count,))
        if source.elements > count:
            first = self._draw(st.integers(0, source.elements - count))
            return self._moved("SLICE", source, target, [first], [count])
        return self._moved("PAD", source, target, [[0, count - source.elements]])

    def _reshaped(self, source: Tensor, shape: Sequence[int]) -> Tensor:
        if source.shape == tuple(shape):
            return source
        return self._moved("RESHAPE", source, replace(source, shape=tuple(shape)), list(shape))

    def _moved(self, operator: str, source: Tensor, target: Tensor, *constants: object) -> Tensor:
        inputs = [source.index, *(self._net.constant(np.array(values, np.int32)) for values in constants)]
        index = self._net.add(target)
        self._layer(operator, inputs, [index])
        return replace(target, index=index)

    def _layer(
        self, operator: str, inputs: Sequence[int | None], outputs: Sequence[int], like: Layer | None = None
    ) -> None:
        self._net.layer(operator, inputs, outputs, **(like.options if like else {}))
        self._layers.append(Layer(0, "", operator, tuple(inputs), tuple(outputs), {}))


def is_defined(graph: Graph, values: Mapping[int, NDArray[np.generic]]) -> bool:
    """Return whether the oracle defines all results: floats are finite, and fit 32 bits where they are quantized.

    `values` has the activations. The oracle turns a float into 32 bits before it saturates, which C leaves undefined
    for larger ones; our kernels saturate.
    """
    floats = [value for value in values.values() if value.dtype == np.float32]
    if not all(bool(np.isfinite(value).all()) for value in floats):
        return False
    quantized = [view for view in graph.views() if view.layer.operator == "QUANTIZE"]
    return all(
        float(np.max(np.abs(values[view.input(0).index]), initial=0)) < _INT32 * scale(view.output())
        for view in quantized
        if view.input(0).type == "float32"
    )


def _takes_any_value(case: Case, tensor: Tensor) -> bool:
    """Return whether the layer is defined for every value of the input `tensor`."""
    view, operator = case.view, find_operator(case.view.layer.operator)
    assert operator is not None
    positions = [place for place, index in enumerate(view.layer.inputs) if index == tensor.index]
    return (
        tensor.type in _JOINED
        and prod(tensor.shape) > 0
        and operator.name not in _OWN_INPUTS
        and not any(operator.input_limits(view, position) for position in positions)
    )


def _is_valid(operator: str, source: Tensor, target: Tensor) -> bool:
    """Return whether a layer of `operator` from `source` to `target` has a kernel."""
    found = find_operator(operator)
    assert found is not None
    tensors = (replace(source, index=0), replace(target, index=1, data=None))
    layer = Layer(0, "", operator, (0,), (1,), {})
    view = Graph("", tensors, (layer,), (0,), (1,)).view(layer)
    return not found.check(view) and found.number_type(view) is not None
