"""The CMSIS-NN kernels, compiled for this machine without the DSP instructions, give the bytes of the oracle.

The paths with DSP instructions run in test_arm.py.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.kernel import Kernel
from support.cmsis_nn_cases import admitted_cases
from support.effort import examples
from support.host_kernels import HostLibrary
from support.kernel_calls import KERNELS, KernelFolder
from support.oracle import run_oracle

ON_EVERY_CORE = {k.name: k for k in KernelFolder(KERNELS / "cmsis_nn").kernels if not k.requires}


@pytest.mark.parametrize("kernel", ON_EVERY_CORE.values(), ids=ON_EVERY_CORE)
def test_equals_the_oracle(kernel: Kernel, cmsis_nn_library: HostLibrary) -> None:
    @settings(max_examples=examples(25), deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case = data.draw(admitted_cases(kernel))
        found = cmsis_nn_library.run(kernel, case)
        np.testing.assert_array_equal(found, run_oracle(case.graph, case.inputs), strict=True)

    check()
