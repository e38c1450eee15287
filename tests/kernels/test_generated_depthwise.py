"""Depthwise functions give the bytes of TensorFlow Lite Micro on random layers, on every core that can run them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from scons_tinyml.stages.lowering.implementation import Implementation, Refusal
from support.arm_machine import Core
from support.cases import Case
from support.depthwise_layers import LARGE_FILTERS, SMALL_FILTERS, depthwise
from support.effort import examples
from support.generated_layers import lowered, results
from support.oracle import run_oracle
from support.routines import CORTEX_M4, DSP_CORES

LAYERS = {
    "small filters": depthwise(SMALL_FILTERS),
    "small filters, RELU": depthwise(SMALL_FILTERS, relu=True),
    "long runs": depthwise(((3, 3), (1, 3), (3, 1)), 30, relu=True),
    "large filters": depthwise(LARGE_FILTERS, relu=True),
}
KNOWN_REASONS = re.compile(r"sums of channel|no proven constants")


def assert_equal(case: Case, core: Core, folder: Path) -> None:
    """All schedules give the oracle's bytes, in place too; where there is none, the reason is a known one."""
    found = [item for item in lowered(case, core) if item.name.startswith("generated/depthwise")]
    assert found
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
def test_depthwise_equals_the_oracle(tmp_path_factory: pytest.TempPathFactory, layers, core: Core) -> None:
    @settings(max_examples=examples(12 if core is CORTEX_M4 else 3), deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        assert_equal(data.draw(layers), core, tmp_path_factory.mktemp("depthwise"))

    check()
