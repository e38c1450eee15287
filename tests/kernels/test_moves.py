"""Each operator that only moves values gives the oracle's bytes, whatever kernel it shares with others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scons_tinyml.stages.graph.ir import TensorType
from support.cases import Case
from support.effort import examples
from support.host_kernels import HostLibrary
from support.joining_cases import LAYOUTS
from support.kernel_calls import KERNELS, KernelFolder, kernel_of, operator_of
from support.moving_cases import MOVES
from support.oracle import run_oracle_outputs
from support.tflite_builder import NetworkBuilder

REFERENCE = KernelFolder(KERNELS / "reference").kernels


def _run(library: HostLibrary, case: Case) -> tuple[NDArray[np.generic], ...]:
    return library.run_all(kernel_of(case, REFERENCE), case)


@pytest.mark.parametrize("operator", MOVES)
def test_equals_the_oracle(operator: str, reference_library: HostLibrary) -> None:
    @settings(max_examples=examples(60), deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case = data.draw(MOVES[operator]())
        expected = run_oracle_outputs(case.graph, case.inputs)
        for found, wanted in zip(_run(reference_library, case), expected, strict=True):
            np.testing.assert_array_equal(found, wanted, strict=True)
            assert found.tobytes() == wanted.tobytes()  # -0 is not 0

    check()


@pytest.mark.parametrize("operator", LAYOUTS)
def test_the_oracle_leaves_the_bytes_as_they_are(operator: str) -> None:
    @settings(max_examples=examples(40), deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case = data.draw(LAYOUTS[operator]())
        assert operator_of(case).layout_only
        (found,) = run_oracle_outputs(case.graph, case.inputs)
        np.testing.assert_array_equal(found, case.inputs[0].reshape(case.view.output().shape), strict=True)

    check()


@pytest.mark.parametrize("wide", ["int16", "int32", "int64"])
def test_positions_behind_the_input_are_the_nearest_in_it(
    wide: TensorType, reference_library: HostLibrary
) -> None:
    net = NetworkBuilder()
    source, positions = net.activation((3, 2), "int8", scale=1), net.activation((5,), wide)
    output = net.activation((5, 2), "int8", scale=1)
    net.layer("GATHER", [source, positions], [output], axis=0, batch_dims=0)
    rows = np.arange(6, dtype=np.int8).reshape(3, 2)
    limits = np.iinfo(wide)
    places = np.array([-1, 3, 1, limits.min, limits.max], wide)
    (found,) = _run(reference_library, Case(net.finish([source, positions], [output]), (rows, places)))
    np.testing.assert_array_equal(found, rows[[0, 2, 1, 0, 2]])
