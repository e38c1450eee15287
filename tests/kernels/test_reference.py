"""The reference kernels give the bytes of the oracle, TensorFlow Lite Micro, on random layers.

int8 and float32 alike: the float kernels add and multiply in the same order, and on one machine both use the
same expf. What TensorFlow Lite Micro lacks is compared with LiteRT, floats within the ulps that a kernel declares.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.kernel import Kernel
from support.all_cases import KERNEL_CASES
from support.cases import Case
from support.effort import examples
from support.host_kernels import HostLibrary
from support.kernel_calls import KERNELS, KernelFolder, operator_of
from support.oracle import assert_same, in_litert, run_oracle_outputs
from support.tflite_builder import NetworkBuilder

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


@pytest.mark.parametrize("operator", ["FULLY_CONNECTED", "BATCH_MATMUL"])
def test_scales_are_multiplied_in_double_precision(operator: str, reference_library: HostLibrary) -> None:
    """In single precision the factor would be 2**-15, and its 15 bits exact."""
    net, scale = NetworkBuilder(), 10**-0.5
    source = net.activation((1, 70), "int16", scale=scale)
    output = net.activation((1, 3), "int16", scale=3276.8)
    if operator == "FULLY_CONNECTED":
        weights = net.constant(np.full((3, 70), 127, np.int8), scales=[scale])
        options = {"fused_activation_function": "NONE", "weights_format": "DEFAULT", "keep_num_dims": False}
        net.layer(operator, [source, weights, None], [output], **options)
    else:
        weights = net.constant(np.full((3, 70), 127, np.int16), scales=[scale])
        net.layer(operator, [source, weights], [output], adj_x=False, adj_y=True)
    case = Case(net.finish([source], [output]), (np.full((1, 70), 20002, np.int16),))
    kernel = REFERENCE[f"reference/{operator.lower()}_int16"]
    found = reference_library.run(kernel, case)
    assert found.tolist() == run_oracle_outputs(case.graph, case.inputs)[0].tolist() == [[5426] * 3]
