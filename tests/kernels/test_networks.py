"""Whole networks, layer by layer through our kernels, give the bytes of the oracle: the MLPerf Tiny ones."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import read_tflite
from support.cases import Case
from support.host_kernels import HostLibrary
from support.kernel_calls import KernelFolder, admits, kernels_of, operator_of
from support.mlperf import FLOAT, INT8, mlperf_file
from support.oracle import run_oracle_file


def _values(graph: Graph) -> NDArray[np.generic]:
    tensor = graph.tensors[graph.inputs[0]]
    random = np.random.default_rng(1)
    if tensor.type == "int8":
        return random.integers(-128, 128, tensor.shape).astype(np.int8)
    return random.uniform(-1, 1, tensor.shape).astype(np.float32)


def _run(
    graph: Graph, values: NDArray[np.generic], library: HostLibrary, kernels: tuple[Kernel, ...]
) -> NDArray[np.generic]:
    """Output of the network, each layer run by the first of `kernels` that can."""
    known = {graph.inputs[0]: values}
    for layer in graph.layers:
        alone = graph.only(layer)
        activations = [index for index in layer.inputs if index in known]
        case = Case(alone, tuple(known[index] for index in dict.fromkeys(activations)))
        if operator_of(case).layout_only:
            known[layer.outputs[0]] = case.inputs[0].reshape(case.view.output().shape)
            continue
        kernel = next(
            kernel for kernel in kernels_of(case, kernels) if not kernel.requires and admits(kernel, case)
        )
        known[layer.outputs[0]] = library.run(kernel, case)
    return known[graph.outputs[0]]


@pytest.mark.parametrize("name", [*INT8, *FLOAT])
def test_reference_kernels(name: str, reference: KernelFolder, reference_library: HostLibrary) -> None:
    graph = read_tflite(mlperf_file(name))
    values = _values(graph)
    found = _run(graph, values, reference_library, reference.kernels)
    np.testing.assert_array_equal(
        found, run_oracle_file(mlperf_file(name).read_bytes(), [values]), strict=True
    )


@pytest.mark.parametrize("name", INT8)
def test_cmsis_nn_kernels(name: str, cmsis_nn: KernelFolder, cmsis_nn_library: HostLibrary) -> None:
    graph = read_tflite(mlperf_file(name))
    values = _values(graph)
    found = _run(graph, values, cmsis_nn_library, cmsis_nn.kernels)
    np.testing.assert_array_equal(
        found, run_oracle_file(mlperf_file(name).read_bytes(), [values]), strict=True
    )
