"""Generated functions of layers without weights give the bytes of TensorFlow Lite Micro, on every core that has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from scons_tinyml.stages.lowering.implementation import Implementation, Refusal
from support.arm_machine import CORES, Core
from support.cases import Case
from support.effort import examples
from support.elementwise_cases import ELEMENTWISE
from support.generated_layers import lowered, results
from support.generated_values import averaged, every_pair, per_channel, pooled
from support.oracle import run_oracle
from support.routines import CORTEX_M4, DSP_CORES

LAYERS = {
    "add": ELEMENTWISE["ADD", "int8"],
    "add per channel": per_channel("ADD"),
    "sub": ELEMENTWISE["SUB", "int8"],
    "average": pooled("AVERAGE_POOL_2D"),
    "max": pooled("MAX_POOL_2D"),
    "mean": averaged(),
}
ON_ANY_CORE = ("average", "mean")
EXAMPLES = 20


def implementations_of(case: Case, core: Core) -> list[Implementation]:
    return [item for item in lowered(case, core) if isinstance(item, Implementation)]


def assert_equal(case: Case, core: Core, folder: Path) -> None:
    """All schedules give the oracle's bytes."""
    found = lowered(case, core)
    assert found != ()
    wanted = run_oracle(case.graph, case.inputs)
    for item in found:
        event(item.name if isinstance(item, Implementation) else item.reason)
        if isinstance(item, Refusal):
            continue
        for result in results(item, case, core, folder):
            np.testing.assert_array_equal(result, wanted, strict=True, err_msg=item.name)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_generated_equals_the_oracle(tmp_path_factory: pytest.TempPathFactory, name: str, core: Core) -> None:
    if core not in DSP_CORES and name not in ON_ANY_CORE:
        pytest.skip("needs dsp")

    @settings(max_examples=examples(EXAMPLES if core is CORTEX_M4 else 4), deadline=None)
    @given(LAYERS[name])
    def check(case: Case) -> None:
        assert_equal(case, core, tmp_path_factory.mktemp("generated"))

    check()
