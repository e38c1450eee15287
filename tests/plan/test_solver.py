"""Integer programs with factors of ten million and limits that a choice meets exactly."""

from __future__ import annotations

import random
from itertools import product

import pytest

from scons_tinyml.stages.plan.solver import Program

_CYCLES = (9_876_543, 9_876_443, 12_345_678, 100, 99, 7)


@pytest.mark.parametrize("seed", range(300))
def test_the_best_choice_at_a_limit(seed):
    """One of two costs for each of five layers; the second is worth a gain."""
    rng = random.Random(seed)
    costs = [(rng.randrange(200), rng.choice(_CYCLES)) for _ in range(5)]
    gains = [rng.randrange(1, 9) for _ in costs]
    limit = sum(rng.choice(pair) for pair in costs) - rng.choice((0, 1))
    kept = (
        sum(gain for gain, second in zip(gains, choice, strict=True) if second)
        for choice in product((0, 1), repeat=len(costs))
        if sum(pair[second] for pair, second in zip(costs, choice, strict=True)) <= limit
    )
    expected = max(kept, default=None)

    program = Program()
    taken = [(program.variable(), program.variable(whole=True)) for _ in costs]
    for first, second in taken:
        program.exactly({first: 1, second: 1}, 1)
    least = [min(pair) for pair in costs]
    terms = {
        variable: float(cost - low)
        for pair, layer, low in zip(costs, taken, least, strict=True)
        for cost, variable in zip(pair, layer, strict=True)
    }
    program.at_most(terms, limit - sum(least) + 0.25)
    found = program.minimise({second: -gain for (_, second), gain in zip(taken, gains, strict=True)})
    gained = found and sum(
        gain * round(found[second]) for (_, second), gain in zip(taken, gains, strict=True)
    )
    assert gained == expected
