"""Error bands of timing models: the rule, and the evidence that it is applied to."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.emulator.timing import timed_cores, timing_for
from scons_tinyml.emulator.timing.bands import LEAST, band_of, bands_for, bands_of, ends, widest
from scons_tinyml.emulator.timing.evidence import Comparison, Group, Program, comparisons, evidence_for
from scons_tinyml.records.code_kind import CodeKind

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))
import validation_figures  # noqa: E402

RATIOS = st.floats(0.2, 5)
KINDS = st.sets(st.sampled_from(CodeKind), min_size=1).map(lambda kinds: tuple(sorted(kinds)))
UP = 0.0011
"""Ends are rounded outwards to a tenth of a percent."""


def made(
    ratio: float, kinds: tuple[CodeKind, ...] = (CodeKind.INTEGER,), *, fitted: bool = False
) -> Comparison:
    program = Program(name="p", measured=1000, predicted=1000 * ratio)
    group = Group(title="t", board="b", source="s", kinds=kinds, fitted=fitted, programs=(program,))
    return Comparison(program, group)


COMPARISONS = st.lists(
    st.builds(lambda ratio, kinds, fitted: made(ratio, kinds, fitted=fitted), RATIOS, KINDS, st.booleans()),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize(
    ("found", "low", "high"),
    [
        ([made(1.0)] * 200, -0.049, 0.051),
        ([made(1.0)], -0.131, 0.15),
        ([made(1.0, fitted=True)], -0.2, 0.25),
        ([made(1.1)] * 4, -0.131, 0.075),
        ([made(0.8), made(1.0, fitted=True), made(1.0, fitted=True)], -0.091, 0.5),
    ],
    ids=["many", "one", "one that was fitted", "too slow", "too fast"],
)
def test_the_rule_in_figures(found, low, high):
    band = band_of(found)
    assert (band.low, band.high) == (low, high)
    assert (band.comparisons, band.fitted) == (len(found), sum(one.group.fitted for one in found))


def test_the_words_of_a_band():
    assert band_of([made(0.96)]).basis == "1 comparison, 0.960 to 0.960 of the measured cycles"
    assert band_of([made(0.96), made(1.02, fitted=True)]).basis == (
        "2 comparisons, 1 of them with rules chosen on them, 0.960 to 1.020 of the measured cycles"
    )


@given(COMPARISONS)
def test_a_band_has_room_for_all_its_comparisons(found):
    for kind, band in bands_of(found).items():
        assert -1 < band.low <= -LEAST / (1 + LEAST)
        assert band.high >= LEAST
        for one in found:
            if kind in one.group.kinds:
                assert 1 + band.low < 1 / one.ratio < 1 + band.high


@given(COMPARISONS, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(found, random):
    other = list(found)
    random.shuffle(other)
    assert bands_of(other) == bands_of(found)


@given(COMPARISONS, st.floats(0, 1))
def test_one_more_within_the_others_never_widens(found, share):
    before = band_of(found)
    least, most = (end(one.ratio for one in found) for end in (min, max))
    after = band_of([*found, made(least + share * (most - least))])
    assert before.low <= after.low
    assert after.high <= before.high


@given(COMPARISONS)
def test_fitted_comparisons_count_less(found):
    fitted = [Comparison(one.program, one.group.model_copy(update={"fitted": True})) for one in found]
    free = [Comparison(one.program, one.group.model_copy(update={"fitted": False})) for one in found]
    assert band_of(fitted).low < band_of(free).low
    assert band_of(fitted).high > band_of(free).high


@given(COMPARISONS)
def test_a_kind_without_comparison_is_twice_as_wide_as_the_widest(found):
    bands = bands_of(found)
    known = [band for band in bands.values() if band.comparisons]
    assert {kind for one in found for kind in one.group.kinds} == {
        kind for kind, band in bands.items() if band.comparisons
    }
    for band in bands.values():
        if not band.comparisons:
            assert band.basis.startswith("no comparison: ")
            assert band.high == pytest.approx(2 * max(one.high for one in known), abs=UP)
            assert 1 / (1 + band.low) - 1 == pytest.approx(
                2 * max(1 / (1 + one.low) - 1 for one in known), rel=0.1
            )


@given(COMPARISONS, st.dictionaries(st.sampled_from(CodeKind), st.integers(0, 10**9), min_size=1))
def test_ends_of_a_network_lie_between_those_of_its_kinds(found, cycles):
    bands = bands_of(found)
    low, high = ends((bands[kind], count) for kind, count in cycles.items())
    lows, highs = zip(*((bands[kind].low, bands[kind].high) for kind in cycles), strict=True)
    assert min(lows) - 1e-9 <= low <= max(lows) + 1e-9
    assert min(highs) - 1e-9 <= high <= max(highs) + 1e-9
    if not any(cycles.values()):
        assert (low, high) == (min(lows), max(highs))
    only = next(iter(cycles))
    assert ends([(bands[only], 7)]) == pytest.approx((bands[only].low, bands[only].high))


def test_a_model_that_was_never_compared():
    bands = bands_for(replace(timing_for("cortex-m4"), version="cortex-m4-99"))
    assert {(band.low, band.high) for band in bands.values()} == {(-0.5, 1.0)}
    assert widest(bands).basis == "no comparison of this timing model with a board"


@pytest.mark.parametrize("core", timed_cores())
def test_evidence_is_of_the_version_that_predicts(core):
    found = evidence_for(core)
    assert found is not None
    assert found.version == timing_for(core).version, "predict the programs again"
    assert all(0.8 < one.ratio < 1.25 for one in comparisons(core, found.version))
    assert widest(bands_for(timing_for(core))).high < 0.2


def test_the_page_has_the_same_figures():
    assert validation_figures.PAGE.read_text() == validation_figures.page(), (
        "run python benchmarks/validation_figures.py"
    )
