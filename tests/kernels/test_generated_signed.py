"""Requantization with a step below zero gives TFLM's byte for every sum within reach, in Python and on a core."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums, expected, thresholds
from scons_tinyml.stages.project_code import importing_from
from support.cases import ZERO_POINTS
from support.effort import examples
from support.kernel_calls import KERNELS
from support.routines import assemble, int32


@pytest.fixture(scope="module")
def helper() -> Iterator[ModuleType]:
    with importing_from(KERNELS / "generated"):
        yield import_module("_signed")


@st.composite
def channels(draw: st.DrawFn, scale: int) -> Sums:
    """Channels whose sums are of both signs, or of one, and reach from a few to all that 32 bits hold."""
    factor = FixedPoint(draw(st.integers(2**30, 2**31 - 1)), draw(st.integers(-14, -4)))
    reach = min((2**31 - 1) // scale, 1 << draw(st.integers(0, 24)))
    low, high = sorted((draw(st.integers(-reach, reach)), draw(st.integers(-reach, reach))))
    return Sums(factor, low, high, scale)


@st.composite
def outputs(draw: st.DrawFn) -> OutputRange:
    zero_point = draw(ZERO_POINTS)
    low, high = sorted((draw(st.integers(-128, 127)), draw(st.integers(-128, 127))))
    return draw(
        st.sampled_from(
            [OutputRange(zero_point), OutputRange(zero_point, zero_point), OutputRange(zero_point, low, high)]
        )
    )


def tried(sums: Sums, output: OutputRange) -> list[int]:
    """Sums at both sides of all thresholds, at the ends and around zero."""
    found = {int(first) + step for first in thresholds(sums, output) for step in (-1, 0, 1)}
    found |= {sums.low, sums.low + 1, sums.high, sums.high - 1, *range(-3, 4)}
    return sorted(number for number in found if sums.low <= number <= sums.high)


@settings(max_examples=examples(150), deadline=None)
@given(st.data(), st.sampled_from([576, 576, 256, 1]), outputs())
def test_all_sums_within_reach_are_right(
    helper: ModuleType, data: st.DataObject, scale: int, output: OutputRange
) -> None:
    layer = data.draw(st.lists(channels(scale), min_size=1, max_size=3))
    found = helper.signed(layer, output)
    event("found" if found else "none")
    for channel, sums in enumerate(layer if found else ()):
        values = tried(sums, output)
        results = [found.output(channel, value * scale) for value in values]
        assert results == [expected(sums, output, value) for value in values]


def typical(scale: int, reach: int) -> Sequence[Sums]:
    """Channels of a layer without activation, as trained networks have them."""
    random = np.random.default_rng(1)
    factors = [FixedPoint(int(random.integers(2**30, 2**31)), int(shift)) for shift in (-10, -9, -8, -8)]
    return [Sums(factor, -reach, reach - 7, scale) for factor in factors]


@pytest.mark.parametrize("zero_point", [-128, 4, 127])
def test_typical_layers_have_constants(helper: ModuleType, zero_point: int) -> None:
    assert helper.signed(typical(576, 3_000_000), OutputRange(zero_point)) is not None


def test_sums_that_32_bits_do_not_hold_have_none(helper: ModuleType) -> None:
    assert helper.signed(typical(576, 2**31 // 576 + 1), OutputRange(4)) is None


@pytest.mark.parametrize("output", [OutputRange(4), OutputRange(-3, -20, 90)])
def test_instructions_give_the_same(helper: ModuleType, tmp_path: Path, output: OutputRange) -> None:
    layer = typical(576, 3_700_000)
    found = helper.signed(layer, output)
    assert found is not None
    arguments = ("const int32_t *constants", "int32_t *values")
    for channel, sums in enumerate(layer):
        numbers = tried(sums, output)
        asm = Assembler("Requantizes", arguments)
        source, target = asm.arguments
        constants = asm.take_all("factor", "offset", "step")
        asm.load_multiple(source, constants)
        with asm.using("value", "left") as (value, left), asm.loop("all", len(numbers), left):
            asm("ldr", value, asm.at(target))
            found.emit(asm, [value], constants)
            asm("str", value, asm.after(target, 4))
        built = assemble(asm.finish("signed").code, tmp_path)
        _, results = built.run(int32(found.constants[channel]), int32([number * 576 for number in numbers]))
        assert results.tolist() == [expected(sums, output, number) for number in numbers]
