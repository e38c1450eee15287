"""Each elementwise operator gives the oracle's bytes in each type, whatever kernel it shares with others."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scons_tinyml.stages.graph.ir import TensorType
from support.effort import examples
from support.elementwise_cases import ELEMENTWISE
from support.host_kernels import HostLibrary
from support.kernel_calls import KERNELS, KernelFolder, kernel_of
from support.oracle import assert_same, in_litert, run_oracle

REFERENCE = KernelFolder(KERNELS / "reference").kernels


@pytest.mark.parametrize(("operator", "type_name"), ELEMENTWISE)
def test_equals_the_oracle(operator: str, type_name: TensorType, reference_library: HostLibrary) -> None:
    @settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case = data.draw(ELEMENTWISE[operator, type_name])
        kernel = kernel_of(case, REFERENCE)
        ulps = kernel.max_ulps if in_litert(case.graph) else 0
        assert_same(reference_library.run(kernel, case), run_oracle(case.graph, case.inputs), ulps)

    check()
