"""GELU of int16 has the oracle's table, which is made with the C library's functions of float32."""

from __future__ import annotations

import numpy as np
import pytest

from support.cases import Case
from support.host_kernels import HostLibrary
from support.kernel_calls import KERNELS, KernelFolder, kernel_of
from support.oracle import run_oracle
from support.tflite_builder import NetworkBuilder

REFERENCE = KernelFolder(KERNELS / "reference").kernels
SCALES = [
    (False, (9.263178799301386e-05, 1.1578973499126732e-05)),
    (True, (0.00010279400885337964, 7.190837641246617e-05)),
]


@pytest.mark.parametrize(("approximate", "scales"), SCALES)
def test_every_value(approximate: bool, scales: tuple[float, float], reference_library: HostLibrary) -> None:
    """In double precision one entry of these tables is off by one, and up to 128 results are."""
    net, values = NetworkBuilder(), np.arange(-(2**15), 2**15, dtype=np.int16)[None]
    source, output = (net.activation(values.shape, "int16", scale=scale) for scale in scales)
    net.layer("GELU", [source], [output], approximate=approximate)
    case = Case(net.finish([source], [output]), (values,))
    found = reference_library.run(kernel_of(case, REFERENCE), case)
    np.testing.assert_array_equal(found, run_oracle(case.graph, case.inputs))
