"""The reference kernels give the bytes of the oracle, TensorFlow Lite Micro, on random layers.

int8 and float32 alike: the float kernels add and multiply in the same order, and on one machine both use the
same expf. What TensorFlow Lite Micro lacks is compared with LiteRT, floats within the ulps that a kernel declares.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.kernel import Kernel
from support.all_cases import KERNEL_CASES
from support.effort import examples
from support.host_kernels import HostLibrary
from support.kernel_calls import KERNELS, KernelFolder, operator_of
from support.oracle import assert_same, in_litert, run_oracle_outputs

REFERENCE = {kernel.name: kernel for kernel in KernelFolder(KERNELS / "reference").kernels}


@pytest.mark.parametrize("kernel", REFERENCE.values(), ids=REFERENCE)
def test_equals_the_oracle(kernel: Kernel, reference_library: HostLibrary) -> None:
    @settings(max_examples=examples(25), deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case = data.draw(KERNEL_CASES[kernel.operator](kernel.type))
        assert operator_of(case).number_type(case.view) == kernel.type
        outputs = reference_library.run_all(kernel, case)
        for found, expected in zip(outputs, run_oracle_outputs(case.graph, case.inputs), strict=True):
            assert_same(found, expected, kernel.max_ulps if in_litert(case.graph) else 0)

    check()
