"""Direct convolution gives the bytes of TensorFlow Lite Micro on random layers, on every core that can run it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import event, given, settings

from scons_tinyml.stages.lowering.implementation import Implementation, Lowered, Refusal
from support.arm_machine import Core
from support.cases import Case
from support.direct_layers import Convolved, Shapes, convolutions
from support.effort import examples
from support.generated_layers import lowered, results
from support.oracle import run_oracle
from support.routines import CORTEX_M4, DSP_CORES

LAYERS = {
    "any filter": convolutions(),
    "few channels": convolutions(Shapes(pixels=12, taps=7, channels=4)),
    "quads": convolutions(Shapes(pixels=6, taps=3, channels=6, quads=True)),
    "wide images": convolutions(Shapes(pixels=40, taps=3, channels=5, outputs=4)),
    "groups": convolutions(Shapes(pixels=5, taps=3, channels=2, outputs=5, quads=True, groups=True)),
}
KNOWN_REASONS = re.compile(
    r"sums of channel|weight -128 of channel|no proven constants|is for filters larger than 1x1"
)


def direct(case: Case, core: Core) -> list[Lowered]:
    """What the generator offers."""
    return [item for item in lowered(case, core) if item.name.startswith("generated/conv_2d_direct")]


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("core", DSP_CORES, ids=lambda core: core.name)
def test_direct_equals_the_oracle(tmp_path_factory: pytest.TempPathFactory, layers, core: Core) -> None:
    @settings(max_examples=examples(30 if core is CORTEX_M4 else 3), deadline=None)
    @given(layers)
    def check(made: Convolved) -> None:
        found = direct(made.case, core)
        assert found
        wanted = run_oracle(made.oracle.graph, made.oracle.inputs)
        for item in found:
            event(item.name if isinstance(item, Implementation) else item.reason.partition("channel")[0])
            if isinstance(item, Refusal):
                assert KNOWN_REASONS.search(item.reason)
                continue
            for result in results(item, made.case, core, tmp_path_factory.mktemp("direct")):
                np.testing.assert_array_equal(result, wanted, strict=True, err_msg=item.name)

    check()
