"""Every kernel that says so gives the same bytes when its output lies over an input of the same type and size."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scons_tinyml.records.kernel import Kernel
from scons_tinyml.stages.lowering.arguments import passed_inputs
from support.all_cases import KERNEL_CASES
from support.cases import Case
from support.effort import examples
from support.external_sources import cmsis_nn_kernels
from support.host_kernels import HostLibrary
from support.kernel_calls import KERNELS, KernelFolder, admits

_REFERENCE = {
    kernel.name: kernel for kernel in KernelFolder(KERNELS / "reference").kernels if kernel.in_place
}
_CMSIS_NN = {name: kernel for name, kernel in cmsis_nn_kernels().items() if kernel.in_place}


def replaceable(case: Case) -> list[int]:
    """Positions of those inputs of the kernel that its output may take the place of."""
    target = case.view.output()
    given_tensors = enumerate(tensor for _, _, tensor in passed_inputs(case.view))
    return [
        place
        for place, tensor in given_tensors
        if tensor is not None and (tensor.type, tensor.elements) == (target.type, target.elements)
    ]


def _check(kernel: Kernel, library: HostLibrary) -> None:
    @settings(
        max_examples=examples(12),
        deadline=None,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case = data.draw(KERNEL_CASES[kernel.operator](kernel.type))
        assume(replaceable(case) and admits(kernel, case))
        expected = library.run(kernel, case).tobytes()
        for position in replaceable(case):
            assert library.run_over(kernel, case, position).tobytes() == expected

    check()


@pytest.mark.parametrize("kernel", _REFERENCE.values(), ids=_REFERENCE)
def test_reference_kernels(kernel: Kernel, reference_library: HostLibrary) -> None:
    _check(kernel, reference_library)


@pytest.mark.parametrize("kernel", _CMSIS_NN.values(), ids=_CMSIS_NN)
def test_cmsis_nn_kernels(kernel: Kernel, cmsis_nn_library: HostLibrary) -> None:
    _check(kernel, cmsis_nn_library)
