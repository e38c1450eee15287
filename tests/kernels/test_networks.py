"""Whole networks, layer by layer through our kernels, give the bytes of the oracle: MLPerf Tiny's, and random ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray

from scons_tinyml.records.errors import UnsupportedError
from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.graph.checks import require_valid
from scons_tinyml.stages.graph.ir import Graph
from scons_tinyml.stages.graph.reader import canonical, read_tflite
from scons_tinyml.stages.litert import oracle_for
from scons_tinyml.stages.measure.samples import values_of
from support.cases import Case
from support.effort import examples
from support.host_kernels import HostLibrary
from support.host_networks import case_of, has_no_call, moved, run_network
from support.kernel_calls import KernelFolder, admits, kernels_of
from support.mlperf import FLOAT, INT8, mlperf_file
from support.network_cases import NetworkCase, is_defined, networks
from support.oracle import assert_same, in_litert, run_oracle_file
from support.tflite_builder import to_tflite


def _values(graph: Graph) -> NDArray[np.generic]:
    tensor = graph.tensors[graph.inputs[0]]
    random = np.random.default_rng(1)
    if tensor.type == "int8":
        return random.integers(-128, 128, tensor.shape).astype(np.int8)
    return random.uniform(-1, 1, tensor.shape).astype(np.float32)


def _run(
    graph: Graph, values: NDArray[np.generic], library: HostLibrary, kernels: tuple[Kernel, ...]
) -> NDArray[np.generic]:
    return run_network(graph, [values], library, kernels)[graph.outputs[0]]


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


def _kernels(case: Case, folders: Mapping[KernelFolder, HostLibrary]) -> Iterator[tuple[Kernel, HostLibrary]]:
    """Yield the kernels that can run the layer on any core."""
    for folder, library in folders.items():
        for kernel in kernels_of(case, folder.kernels):
            if not kernel.requires and admits(kernel, case):
                yield kernel, library


def _is_right(case: NetworkCase, folders: Mapping[KernelFolder, HostLibrary]) -> bool:
    """Assert that every kernel gives the oracle's bytes for the inputs that its layer has in the network.

    Return False where the oracle has no results, such as the root of a number below 0.
    """
    network = canonical(to_tflite(case.graph), Path("random.tflite"))
    require_valid(network.graph, Path("random.tflite"))
    try:
        trace = oracle_for(network.tflite).trace(case.inputs)
    except UnsupportedError:
        return False
    tensors = [tensor for tensor in network.graph.tensors if tensor.file_index in trace]
    known = {tensor.index: values_of(tensor, trace) for tensor in tensors}
    if not is_defined(network.graph, known):
        return False
    for layer in network.graph.layers:
        alone = case_of(network.graph, layer, known)
        expected = [known[index] for index in layer.outputs]
        if has_no_call(alone):
            assert_same(moved(alone), expected[0])
            continue
        for kernel, library in _kernels(alone, folders):
            ulps = kernel.max_ulps if in_litert(alone.graph) else 0
            for found, wanted in zip(library.run_all(kernel, alone), expected, strict=True):
                assert_same(found, wanted, ulps)
    return True


def test_random_networks(
    reference: KernelFolder,
    reference_library: HostLibrary,
    cmsis_nn: KernelFolder,
    cmsis_nn_library: HostLibrary,
) -> None:
    folders = {reference: reference_library, cmsis_nn: cmsis_nn_library}
    right: list[bool] = []

    @settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
    @given(networks(most_layers=6))
    def check(case: NetworkCase) -> None:
        right.append(_is_right(case, folders))

    check()
    assert sum(right) > len(right) / 2
