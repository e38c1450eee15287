"""Schedules that generators only offer: names of their own, and the bytes of TensorFlow Lite Micro."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from scons_tinyml.stages.lowering.core import Core as LoweredCore
from scons_tinyml.stages.lowering.generators import Offer
from scons_tinyml.stages.lowering.implementation import Implementation
from scons_tinyml.stages.lowering.lower import lower, lower_again, lower_offer, lower_offers, offers
from support.arm_machine import Core
from support.cases import Case
from support.depthwise_layers import depthwise
from support.direct_layers import Convolved, Shapes, convolutions
from support.effort import examples
from support.generated_layers import GENERATORS, pointwise, results
from support.oracle import run_oracle
from support.routines import CORTEX_M3, CORTEX_M4

LAYERS = {
    "3x3": convolutions(Shapes(pixels=14, taps=3, channels=6, outputs=6, least_pixels=6, least_channels=3)),
    "1x1": pointwise(most_channels=40),
    "depthwise": depthwise(((3, 3), (5, 3), (1, 4))),
}
CORES = {"m4": CORTEX_M4, "m3": CORTEX_M3}


def offered(case: Case, core: Core) -> tuple[Mapping[str, Offer], LoweredCore]:
    of = LoweredCore(core.name, core.features)  # type: ignore[arg-type]
    return offers(case.view, GENERATORS, of), of


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("core", CORES.values(), ids=CORES)
def test_an_offer_equals_the_oracle(tmp_path_factory: pytest.TempPathFactory, layers, core: Core) -> None:
    @settings(max_examples=examples(12), deadline=None)
    @given(layers, st.integers(0, 2**16))
    def check(made: Case | Convolved, number: int) -> None:
        case, oracle = (made.case, made.oracle) if isinstance(made, Convolved) else (made, made)
        found, lowered_core = offered(case, core)
        assume(found)
        name = sorted(found)[number % len(found)]
        event(name)
        graph, layer = case.graph, case.view.layer.index
        every = [item.name for item in lower(graph, GENERATORS, lowered_core, {layer: [*found]})[layer]]
        assert len(every) == len(set(every)), "an offer has the name of another schedule"
        item = lower_offer(case.view, found[name], lowered_core)[0]
        assert item.name == name
        assume(isinstance(item, Implementation))
        assert isinstance(item, Implementation)
        of_variant = list(lower_offers(case.view, GENERATORS, lowered_core, [f"{name}.ram"]))
        assert of_variant[0] == item, "a plan may have chosen a variant of it"
        chosen = {layer: (name, item.digest)}
        assert lower_again(graph, chosen, GENERATORS, lowered_core) == {layer: item}
        wanted = run_oracle(oracle.graph, oracle.inputs)
        for result in results(item, case, core, tmp_path_factory.mktemp("offered")):
            np.testing.assert_array_equal(result, wanted, strict=True, err_msg=name)

    check()
