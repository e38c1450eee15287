"""The CMSIS-NN kernels, compiled for this machine without the DSP instructions, give the bytes of the oracle.

The paths with DSP instructions run in test_arm.py.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.kernel import Kernel
from support.cases import Case
from support.cmsis_nn_cases import admitted_cases
from support.effort import examples
from support.external_sources import cmsis_nn_kernels
from support.host_kernels import HostLibrary
from support.oracle import run_oracle
from support.tflite_builder import NetworkBuilder

ON_EVERY_CORE = {name: kernel for name, kernel in cmsis_nn_kernels().items() if not kernel.requires}


@pytest.mark.parametrize("kernel", ON_EVERY_CORE.values(), ids=ON_EVERY_CORE)
def test_equals_the_oracle(kernel: Kernel, cmsis_nn_library: HostLibrary) -> None:
    @settings(max_examples=examples(25), deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case = data.draw(admitted_cases(kernel))
        found = cmsis_nn_library.run(kernel, case)
        np.testing.assert_array_equal(found, run_oracle(case.graph, case.inputs), strict=True)

    check()


def test_runs_that_do_not_fit_16_bits(cmsis_nn_library: HostLibrary) -> None:
    net = NetworkBuilder()
    sizes = (2**16 + 7, 2 * 2**16 - 2, 3)
    parts = [net.activation((2, size), "int8", scale=1) for size in sizes]
    output = net.activation((2, sum(sizes)), "int8", scale=1)
    net.layer("CONCATENATION", parts, [output], axis=1, fused_activation_function="NONE")
    random = np.random.default_rng(1)
    values = tuple(random.integers(-128, 128, (2, size)).astype(np.int8) for size in sizes)
    case = Case(net.finish(parts, [output]), values)
    found = cmsis_nn_library.run(ON_EVERY_CORE["cmsis_nn/concatenation_any"], case)
    np.testing.assert_array_equal(found, np.concatenate(values, axis=1), strict=True)
