"""Kernels that remember give the oracle's bytes call after call, each beginning with what the one before has left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.lowering.arguments import passed_inputs
from scons_tinyml.stages.oracle import Oracle
from support.effort import examples
from support.external_sources import cmsis_nn_kernels
from support.host_kernels import HostLibrary
from support.kernel_calls import KERNELS, KernelFolder, admits, inputs_of
from support.signal_cases import KEEPING
from support.state_cases import STATES
from support.tflite_builder import to_tflite

_LAYERS = {**STATES, **KEEPING}
_REFERENCE, _CMSIS_NN = (
    {kernel.name: kernel for kernel in kernels if kernel.operator in _LAYERS}
    for kernels in (KernelFolder(KERNELS / "reference").kernels, cmsis_nn_kernels().values())
)
CALLS = 4


def _check(kernel: Kernel, library: HostLibrary) -> None:
    @settings(max_examples=examples(25), deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case = data.draw(_LAYERS[kernel.operator](kernel.type))
        assume(admits(kernel, case))
        oracle = Oracle(to_tflite(case.graph))
        found_inputs = zip(inputs_of(case), passed_inputs(case.view), strict=True)
        states = {
            place: data
            for place, (data, (_, _, tensor)) in enumerate(found_inputs)
            if data is not None and tensor is not None and tensor.is_state
        }
        for call in range(CALLS):
            values = np.roll(case.inputs[0], call)
            outputs = oracle.run([values], go_on=call > 0)
            results = library.run_all(kernel, replace(case, inputs=(values,)), states)
            for found, expected in zip(results, outputs, strict=True):
                np.testing.assert_array_equal(found, expected, strict=True)

    check()


@pytest.mark.parametrize("kernel", _REFERENCE.values(), ids=_REFERENCE)
def test_reference_kernels(kernel: Kernel, reference_library: HostLibrary) -> None:
    _check(kernel, reference_library)


@pytest.mark.parametrize("kernel", _CMSIS_NN.values(), ids=_CMSIS_NN)
def test_cmsis_nn_kernels(kernel: Kernel, cmsis_nn_library: HostLibrary) -> None:
    _check(kernel, cmsis_nn_library)
