"""SQRT of quantized values below 0, which its oracle stops at, and where no sample of them is drawn."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from scons_tinyml.stages.quantize.given import random_samples
from scons_tinyml.stages.samples import as_network_input
from support.cases import Case
from support.host_kernels import HostLibrary
from support.kernel_calls import KERNELS, KernelFolder, kernel_of
from support.oracle import run_oracle
from support.tflite_builder import NetworkBuilder

Quantized = Literal["int8", "int16"]


def layer(type_name: Quantized, *values: int) -> Case:
    """Roots of 1/4, 1/2 and so on in steps of 1/4, the zero points 3 and -5 in int8."""
    wide, net = type_name == "int16", NetworkBuilder()
    shape = (1, len(values))
    source = net.activation(shape, type_name, scale=0.25, zero_point=0 if wide else 3)
    output = net.activation(shape, type_name, scale=0.25, zero_point=0 if wide else -5)
    net.layer("SQRT", [source], [output])
    return Case(net.finish([source], [output]), (np.array([values], type_name),))


@pytest.mark.parametrize(
    ("type_name", "values", "expected"),
    [("int8", (-128, 2, 3, 4, 12), [-5, -5, -5, -3, 1]), ("int16", (-(2**15), -1, 0, 1, 9), [0, 0, 0, 2, 6])],
)
def test_values_below_0_give_0(
    type_name: Quantized, values: tuple[int, ...], expected: list[int], reference_library: HostLibrary
) -> None:
    case = layer(type_name, *values)
    kernel = kernel_of(case, KernelFolder(KERNELS / "reference").kernels)
    assert reference_library.run(kernel, case).tolist() == [expected]
    defined = layer(type_name, *values[2:])
    assert run_oracle(defined.graph, defined.inputs).tolist() == [expected[2:]]


@pytest.mark.parametrize(("type_name", "low", "high"), [("int8", 3, 127), ("int16", 0, 2**15 - 1)])
def test_samples_are_values_that_have_roots(type_name: Quantized, low: int, high: int) -> None:
    graph = layer(type_name, *[0] * 4000).graph
    (samples,) = random_samples(graph, seed=0).inputs
    integers = as_network_input(samples[0], graph.tensors[0])
    assert low <= integers.min() < low + high // 50
    assert high - high // 50 < integers.max() <= high
