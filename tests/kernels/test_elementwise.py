"""Each elementwise operator gives the oracle's bytes in each type, whatever kernel it shares with others."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.graph.ir import TensorType
from support.cases import Case
from support.effort import examples
from support.elementwise_cases import ELEMENTWISE
from support.host_kernels import HostLibrary
from support.kernel_calls import KERNELS, KernelFolder, operator_of
from support.oracle import assert_same, in_litert, run_oracle

_KERNELS = {(kernel.operator, kernel.type): kernel for kernel in KernelFolder(KERNELS / "reference").kernels}


def kernel_of(case: Case) -> Kernel:
    """The reference kernel that runs the layer."""
    operator = operator_of(case)
    number_type = operator.number_type(case.view)
    assert number_type is not None
    return _KERNELS[operator.computation(case.view), number_type]


@pytest.mark.parametrize(("operator", "type_name"), ELEMENTWISE)
def test_equals_the_oracle(operator: str, type_name: TensorType, reference_library: HostLibrary) -> None:
    @settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case = data.draw(ELEMENTWISE[operator, type_name])
        kernel = kernel_of(case)
        ulps = kernel.max_ulps if in_litert(case.graph) else 0
        assert_same(reference_library.run(kernel, case), run_oracle(case.graph, case.inputs), ulps)

    check()
