"""Requantization on Armv6-M gives TFLM's byte for every sum within reach, in Python and on the core."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint, quantize_multiplier
from scons_tinyml.stages.lowering.thumb.four_products import (
    FourProducts,
    NarrowRequantization,
    narrow_requantization,
)
from scons_tinyml.stages.lowering.thumb.narrow import NarrowAssembler
from scons_tinyml.stages.lowering.thumb.proof import prove, with_roundings
from scons_tinyml.stages.lowering.thumb.requantization import Fused, Rounded, Shifted
from scons_tinyml.stages.lowering.thumb.short_products import ShortProducts, short_products
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums, expected
from support.effort import examples
from support.narrow_blocks import assembled
from support.requantized import channels, outputs, tried
from support.routines import int32

RELU = OutputRange(-128)
VALUES = ("const int32_t *constants", "const int32_t *sums", "int8_t *results", "int32_t count")


def relu_layer(count: int, reach: int = 2**20) -> list[Sums]:
    """Channels as those of trained networks: factors within three powers of two."""
    random = np.random.default_rng(0)
    return [
        Sums(quantize_multiplier(float(2.0 ** -random.uniform(8, 11))), -reach, reach) for _ in range(count)
    ]


def assert_equal(found: NarrowRequantization, layer: Sequence[Sums], output: OutputRange) -> None:
    for channel, sums in enumerate(layer):
        values = tried(sums, output)
        results = [found.output(channel, value) for value in values]
        assert results == [expected(sums, output, value) for value in values]


@settings(max_examples=examples(150))
@given(st.lists(channels(1), min_size=1, max_size=3), outputs())
def test_what_is_proven_is_equal(layer: list[Sums], output: OutputRange) -> None:
    found = narrow_requantization(layer, output)
    if not isinstance(found, str):
        assert_equal(found, layer, output)


@settings(max_examples=examples(20))
@given(st.integers(2**30, 2**31 - 1), st.integers(-9, -1), st.integers(-128, 127))
def test_all_sums_of_a_small_reach(multiplier: int, shift: int, zero_point: int) -> None:
    """Each sum, not only those at thresholds: the argument by thresholds holds."""
    sums, output = Sums(FixedPoint(multiplier, shift), -3000, 3000), OutputRange(zero_point, zero_point)
    found = short_products([sums], output)
    assert found is not None
    for value in range(sums.low, sums.high + 1):
        assert found.output(0, value) == expected(sums, output, value)


def test_usual_layers_have_short_products() -> None:
    layer = relu_layer(64)
    found = short_products(layer, RELU)
    assert found is not None
    assert (found.is_limited, found.cycles) == (True, 11)
    assert_equal(found, layer, RELU)


def test_limits_cost_only_where_sums_are_beyond_all_thresholds() -> None:
    layer = [Sums(quantize_multiplier(0.01), 0, 1000)]
    limited = {
        limits: (short_products(layer, OutputRange(0, *limits)) or pytest.fail("none")).is_limited
        for limits in ((-128, 127), (0, 127), (0, 5), (3, 127))
    }
    assert limited == {(-128, 127): False, (0, 127): True, (0, 5): True, (3, 127): True}


def test_halves_on_both_sides_of_zero_take_four_products() -> None:
    """A factor of 1/16 has a half at every result: no line has the thresholds of both signs."""
    layer, output = [Sums(FixedPoint(2**30, -3), -2100, 2100)], OutputRange(-1)
    assert short_products(layer, output) is None
    found = narrow_requantization(layer, output)
    assert isinstance(found, FourProducts)
    assert isinstance(found.proven, Rounded)
    assert_equal(found, layer, output)


def test_what_has_no_requantization_says_why() -> None:
    found = narrow_requantization([Sums(FixedPoint(2**30, 1), -(2**31), 2**31 - 1)], OutputRange(0))
    assert isinstance(found, str)
    assert "which 32 bits do not hold scaled" in found


def run_on_core(
    folder: Path, found: NarrowRequantization, layer: Sequence[Sums], output: OutputRange
) -> None:
    """One block for all channels: constants are loaded, values requantized one at a time and stored."""
    asm = NarrowAssembler(VALUES)
    constants, sums, results, count = asm.arguments
    pointers = {name: asm.take(name, at) for name, at in (("from", 8), ("to", 9), ("left", 10))}
    for target, register in zip(pointers.values(), (sums, results, count), strict=True):
        asm("mov", target, register)
    asm.release(sums, results, count)
    low = asm.take_all(*(f"constant{at}" for at in range(found.low_constants)))
    value, *free = asm.take_all("value", *(f"spare{at}" for at in range(found.temporaries)))
    high = [asm.take(f"high{at}", 11 + at) for at in range(len(found.constants[0]) - len(low))]
    asm.load_words(constants, low)
    for register in high:
        asm.load_words(constants, [value])
        asm("mov", register, value)
    with asm.repeat("value"):
        asm("mov", free[0], pointers["from"])
        asm.load_words(free[0], [value])
        asm("mov", pointers["from"], free[0])
        found.emit(asm, value, (*low, *high), free, "tried")
        asm("mov", free[0], pointers["to"])
        asm("strb", value, asm.at(free[0]))
        asm("adds", free[0], 1)
        asm("mov", pointers["to"], free[0])
        asm("mov", free[0], pointers["left"])
        asm("subs", free[0], 1)
        asm("mov", pointers["left"], free[0])
    built = assembled(asm, VALUES, folder)
    for channel, sums_of_channel in enumerate(layer):
        values = tried(sums_of_channel, output)
        contents = int32([value + found.begins[channel] for value in values])
        words = int32(found.constants[channel])
        wanted = [expected(sums_of_channel, output, value) for value in values]
        computed = built.run(words, contents, np.zeros(len(values), np.int8), len(values))[2]
        np.testing.assert_array_equal(computed, np.array(wanted, np.int8))


FAR_APART = [
    Sums(quantize_multiplier(0.4), -500, 500),
    Sums(quantize_multiplier(0.7 * 2**-20), -(2**29), 2**29),
]


@pytest.mark.parametrize(
    ("layer", "output", "form"),
    [
        (relu_layer(3), RELU, ShortProducts),
        (relu_layer(3, reach=2**21), OutputRange(-3, -3, 90), ShortProducts),
        ([Sums(quantize_multiplier(0.01), 0, 1000)], OutputRange(-3, -10, 90), ShortProducts),
        ([Sums(quantize_multiplier(0.01), -1000, 1000)], RELU, Fused),
        (FAR_APART[1:], OutputRange(3), Rounded),
        (FAR_APART, OutputRange(-5, -5, 100), Shifted),
    ],
    ids=["short", "short with limits", "short within limits", "fused", "rounded", "shifted with limits"],
)
def test_the_core_computes_what_is_proven(
    tmp_path: Path, layer: list[Sums], output: OutputRange, form: type
) -> None:
    if form is ShortProducts:
        found = narrow_requantization(layer, output)
        assert isinstance(found, ShortProducts)
    else:
        proven = prove(layer, output) if form is Fused else with_roundings(layer, output)
        assert isinstance(proven, Fused | Rounded | Shifted)
        assert isinstance(proven, form)
        found = FourProducts(proven)
    run_on_core(tmp_path, found, layer, output)


@settings(max_examples=examples(8), deadline=None)
@given(st.lists(channels(1), min_size=1, max_size=2), outputs())
def test_drawn_layers_are_computed_as_proven(
    tmp_path_factory: pytest.TempPathFactory, layer: list[Sums], output: OutputRange
) -> None:
    forms: list[NarrowRequantization] = []
    found = short_products(layer, output)
    if found is not None:
        forms.append(found)
    proven = (prove(layer, output), with_roundings(layer, output))
    forms += [FourProducts(item) for item in proven if isinstance(item, Fused | Rounded | Shifted)]
    for form in forms:
        run_on_core(tmp_path_factory.mktemp("drawn"), form, layer, output)
