"""Kernels as the compiler for the target makes them give the bytes of the oracle on every core of the boards."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.kernel import Kernel
from support.all_cases import KERNEL_CASES
from support.arm_kernels import ArmLibrary
from support.cmsis_nn_cases import admitted_cases
from support.effort import examples
from support.external_sources import cmsis_nn_kernels
from support.kernel_calls import KERNELS, KernelFolder
from support.oracle import assert_same, run_oracle, run_oracle_outputs

CMSIS_NN = cmsis_nn_kernels()
REFERENCE = {kernel.name: kernel for kernel in KernelFolder(KERNELS / "reference").kernels}


@pytest.mark.parametrize("kernel", CMSIS_NN.values(), ids=CMSIS_NN)
def test_cmsis_nn_equals_the_oracle(kernel: Kernel, arm_cmsis_nn: ArmLibrary) -> None:
    if kernel not in arm_cmsis_nn.kernels:
        pytest.skip(f"{arm_cmsis_nn.core.name} has no {' and '.join(kernel.requires)}")

    @settings(max_examples=examples(15), deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case = data.draw(admitted_cases(kernel))
        found = arm_cmsis_nn.run(kernel, case)
        np.testing.assert_array_equal(found, run_oracle(case.graph, case.inputs), strict=True)

    check()


@pytest.mark.parametrize("kernel", REFERENCE.values(), ids=REFERENCE)
def test_reference_equals_the_oracle(kernel: Kernel, arm_reference: ArmLibrary) -> None:
    @settings(max_examples=examples(10), deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case = data.draw(KERNEL_CASES[kernel.operator](kernel.type))
        outputs = arm_reference.run_all(kernel, case)
        for found, expected in zip(outputs, run_oracle_outputs(case.graph, case.inputs), strict=True):
            assert_same(found, expected, kernel.max_ulps)

    check()
