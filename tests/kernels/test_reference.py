"""The reference kernels give the bytes of the oracle, TensorFlow Lite Micro, on random layers.

int8 and float32 alike: the float kernels add and multiply in the same order, and on one machine both use the
same expf.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.kernel import Kernel
from support.cases import CASES
from support.host_kernels import HostLibrary
from support.kernel_calls import KERNELS, KernelFolder, operator_of
from support.oracle import run_oracle

REFERENCE = {kernel.name: kernel for kernel in KernelFolder(KERNELS / "reference").kernels}


@pytest.mark.parametrize("kernel", REFERENCE.values(), ids=REFERENCE)
def test_equals_the_oracle(kernel: Kernel, reference_library: HostLibrary) -> None:
    @settings(max_examples=25, deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case = data.draw(CASES[kernel.operator](kernel.type))
        assert operator_of(case).number_type(case.view) == kernel.type
        found = reference_library.run(kernel, case)
        np.testing.assert_array_equal(found, run_oracle(case.graph, case.inputs), strict=True)

    check()
