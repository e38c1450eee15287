"""Generated functions give the bytes of TensorFlow Lite Micro on random layers, on every core that can run them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from scons_tinyml.stages.lowering.implementation import Implementation, Refusal
from support.arm_machine import CORES, Core
from support.cases import Case
from support.effort import examples
from support.generated_layers import fully_connected, lowered, pointwise, results
from support.oracle import run_oracle
from support.routines import CORTEX_M4, DSP_CORES

LAYERS = {"fully_connected": fully_connected(), "pointwise": pointwise()}
KNOWN_REASONS = re.compile(
    r"sums of channel|a weight of -128|no proven constants|is for one row of input|is for several"
)


def assert_equal(case: Case, core: Core, folder: Path) -> None:
    """All schedules of all generators give the oracle's bytes; where there is none, the reason is a known one."""
    found = lowered(case, core)
    assert found != ()
    wanted = run_oracle(case.graph, case.inputs)
    for item in found:
        event(item.name if isinstance(item, Implementation) else item.reason.partition("channel")[0])
        if isinstance(item, Refusal):
            assert KNOWN_REASONS.search(item.reason)
            continue
        for result in results(item, case, core, folder):
            np.testing.assert_array_equal(result, wanted, strict=True, err_msg=item.name)


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("core", DSP_CORES, ids=lambda core: core.name)
def test_generated_equals_the_oracle(tmp_path_factory: pytest.TempPathFactory, layers, core: Core) -> None:
    @settings(max_examples=examples(40 if core is CORTEX_M4 else 5), deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        assert_equal(data.draw(layers), core, tmp_path_factory.mktemp("generated"))

    check()


@settings(max_examples=examples(3), deadline=None)
@given(fully_connected())
def test_cores_without_dsp_are_refused(case: Case) -> None:
    for core in (core for core in CORES if core not in DSP_CORES):
        assert {item.reason for item in lowered(case, core) if isinstance(item, Refusal)} == {
            "needs dsp, which the core does not have"
        }
