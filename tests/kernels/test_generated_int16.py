"""Generated functions of int16 activations give the bytes of TensorFlow Lite Micro on random layers, on every core."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import event, given, settings

from scons_tinyml.stages.lowering.implementation import Implementation, Refusal
from support.arm_machine import CORES, Core
from support.cases import CASES, Case, Limits
from support.effort import examples
from support.generated_layers import lowered, results
from support.oracle import run_oracle
from support.routines import CORTEX_M4

LAYERS = {
    "CONV_2D": CASES["CONV_2D"]("int16", Limits(groups=1)),
    "DEPTHWISE_CONV_2D": CASES["DEPTHWISE_CONV_2D"]("int16", Limits(depth_multiplier=1)),
    "FULLY_CONNECTED": CASES["FULLY_CONNECTED"]("int16"),
}


def assert_equal(case: Case, core: Core, folder: Path) -> None:
    found = [item for item in lowered(case, core) if "int16" in item.name]
    assert found
    wanted = run_oracle(case.graph, case.inputs)
    for item in found:
        event(item.name if isinstance(item, Implementation) else item.reason)
        if isinstance(item, Refusal):
            continue
        for result in results(item, case, core, folder):
            np.testing.assert_array_equal(result, wanted, strict=True, err_msg=item.name)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_functions_equal_the_oracle(tmp_path_factory: pytest.TempPathFactory, name: str, core: Core) -> None:
    @settings(max_examples=examples(20 if core is CORTEX_M4 else 4), deadline=None)
    @given(LAYERS[name])
    def check(case: Case) -> None:
        assert_equal(case, core, tmp_path_factory.mktemp("int16"))

    check()
