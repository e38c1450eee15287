"""Requantization by proven constants gives TFLM's byte for every sum within reach, in Python and on the cores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.errors import InternalError
from scons_tinyml.stages.graph.families.quantization.scales import FixedPoint, quantize_multiplier
from scons_tinyml.stages.lowering.thumb.assembler import Assembler
from scons_tinyml.stages.lowering.thumb.proof import fused, prove, with_roundings
from scons_tinyml.stages.lowering.thumb.requantization import Fused, Requantization, Rounded, Shifted
from scons_tinyml.stages.lowering.thumb.sums import OutputRange, Sums, expected, thresholds
from support.effort import examples
from support.requantized import channels, outputs, tried
from support.routines import CORTEX_M3, CORTEX_M4, THUMB2_CORES, assemble, int32

RELU = OutputRange(-128)


def assert_equal(found: Requantization, layer: Sequence[Sums], output: OutputRange) -> None:
    for channel, sums in enumerate(layer):
        values = tried(sums, output)
        results = [found.output(channel, value * sums.scale) for value in values]
        assert results == [expected(sums, output, value) for value in values]


@settings(max_examples=examples(200))
@given(channels(), outputs())
def test_thresholds_are_the_first_sums_of_their_outputs(sums: Sums, output: OutputRange) -> None:
    for result, first in enumerate(thresholds(sums, output), start=output.minimum + 1):
        if first <= sums.high:
            assert expected(sums, output, int(first)) >= result
        if first > sums.low:
            assert expected(sums, output, int(first) - 1) < result


@settings(max_examples=examples(100))
@given(st.lists(channels(), min_size=1, max_size=3), outputs())
def test_what_is_proven_is_equal(layer: list[Sums], output: OutputRange) -> None:
    found = prove(layer, output)
    if not isinstance(found, str):
        assert_equal(found, layer, output)


@settings(max_examples=examples(100))
@given(st.data(), st.sampled_from((1, 2, 256)), outputs())
def test_roundings_are_equal(data: st.DataObject, scale: int, output: OutputRange) -> None:
    layer = data.draw(st.lists(channels(scale), min_size=1, max_size=3))
    found = with_roundings(layer, output)
    if not isinstance(found, str):
        assert_equal(found, layer, output)


@settings(max_examples=examples(20))
@given(
    st.integers(2**30, 2**31 - 1), st.integers(-9, -1), st.integers(-128, 127), st.sampled_from((1, 2, 256))
)
def test_all_sums_of_a_small_reach(multiplier: int, shift: int, zero_point: int, scale: int) -> None:
    """Each sum, not only those at thresholds: the argument by thresholds holds."""
    sums, output = Sums(FixedPoint(multiplier, shift), -3000, 3000, scale), OutputRange(zero_point)
    found = prove([sums], output)
    assert not isinstance(found, str)
    for value in range(sums.low, sums.high + 1):
        assert found.output(0, value * scale) == expected(sums, output, value)


@pytest.mark.parametrize(("zero_point", "form"), [(-128, Fused), (-1, Rounded), (127, Fused)])
def test_halves_fall_away_from_zero_on_both_sides(zero_point: int, form: type) -> None:
    """A factor of 1/16 has a half at every result: no line has the thresholds of both signs."""
    sums, output = Sums(FixedPoint(2**30, -3), -2100, 2100, 256), OutputRange(zero_point)
    found = prove([sums], output)
    assert type(found) is form
    assert_equal(found, [sums], output)


def relu_layer(count: int, reach: int = 2**22, scale: int = 256) -> list[Sums]:
    """Channels as those of trained networks: factors within three powers of two."""
    random = np.random.default_rng(0)
    return [
        Sums(quantize_multiplier(float(2.0 ** -random.uniform(8, 11))), -reach, reach, scale)
        for _ in range(count)
    ]


def test_a_usual_layer_takes_two_cycles() -> None:
    found = prove(relu_layer(64), RELU)
    assert (type(found), found.cycles) == (Fused, 2)


def test_limits_cost_only_where_sums_pass_them() -> None:
    layer = [Sums(quantize_multiplier(0.01), -1000, 1000)]
    cycles = {
        limits: prove(layer, OutputRange(0, *limits)).cycles
        for limits in ((-128, 127), (0, 127), (-128, 5), (0, 5), (-10, 10), (-11, 11))
    }
    assert cycles == {(-128, 127): 2, (0, 127): 5, (-128, 5): 5, (0, 5): 8, (-10, 10): 2, (-11, 11): 2}


FAR_APART = [
    Sums(quantize_multiplier(0.4), -500, 500, 256),
    Sums(quantize_multiplier(0.7 * 2**-20), -(2**22), 2**22, 256),
]
DEAD = Sums(quantize_multiplier(2.0**-30), 10_000, 12_000, 256)


def test_factors_far_apart_are_shifted_one_by_one() -> None:
    output = OutputRange(3)
    assert fused(FAR_APART, output) is None
    found = prove(FAR_APART, output)
    assert (type(found), found.cycles) == (Shifted, 6)
    assert_equal(found, FAR_APART, output)


def test_channels_that_never_change_take_any_shift() -> None:
    layer = [FAR_APART[1], DEAD]
    found = with_roundings(layer, OutputRange(3))
    assert (type(found), found.cycles, found.constants[1][0]) == (Rounded, 5, 0)
    assert_equal(found, layer, OutputRange(3))


def test_channels_that_never_change_may_have_any_sum() -> None:
    """Trained networks have channels without weights, whose bias is huge."""
    huge = Sums(quantize_multiplier(2.0**-22), 2**30, 2**30, 256)
    layer = [*relu_layer(3), huge, DEAD]
    found = prove(layer, RELU)
    assert isinstance(found, Fused)
    assert [found.output(channel, 12345) for channel in (3, 4)] == [
        expected(sums, RELU, sums.low) for sums in (huge, DEAD)
    ]
    assert_equal(found, layer[:3], RELU)


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (
            [Sums(FixedPoint(2**30, -9), 0, 2**23, 256)],
            "channel 0 reach 0 to 8388608, which 32 bits do not hold scaled",
        ),
        (
            [Sums(FixedPoint(2**30, 5), 0, 2**27)],
            "channel 0 reach 0 to 134217728, which 32 bits do not hold scaled",
        ),
        ([FAR_APART[0], Sums(FixedPoint(2**30, -25), -(2**31), 0)], "not scaled by one power of two"),
        (
            [FAR_APART[1], Sums(FixedPoint(2**30, 1), -3, 3, 256)],
            "channel 1 has a factor of 1/2 or more, 2^1",
        ),
        (
            [FAR_APART[0], Sums(FixedPoint(2**31 - 1, -23), -(2**23), 2**23 - 1, 256)],
            "channel 1 has a factor below",
        ),
    ],
)
def test_what_cannot_be_proven_says_why(layer: list[Sums], reason: str) -> None:
    found = prove(layer, OutputRange(0))
    assert isinstance(found, str)
    assert reason in found


def run_on_core(
    folder: Path,
    found: Requantization,
    layer: Sequence[Sums],
    output: OutputRange,
    core,
    *,
    with_spare: bool = False,
) -> None:
    """One function a layer: values of each channel are loaded, requantized two at a time and stored."""
    values = [tried(sums, output) for sums in layer]
    rows = [row + row[: len(row) % 2] for row in values]
    arguments = ("const int32_t *constants", "const int32_t *sums", "int8_t *results")
    asm = Assembler("Requantizes", arguments, dsp="dsp" in core.features)
    table, source, target = asm.arguments
    for channel, row in enumerate(rows):
        names = [f"constant_{'abc'[n]}" for n in range(len(found.constants[0]))]
        with asm.using(*names) as constants, asm.using("left") as (left,):
            asm.load_multiple(table, constants)
            with asm.loop(f"channel{channel}", len(row) // 2, left), asm.using("first", "second") as pair:
                asm.load_multiple(source, pair)
                with asm.using("spare") as (spare,):
                    found.emit(asm, pair, constants, spare if with_spare else None)
                for value in pair:
                    asm("strb", value, asm.after(target, 1))
    built = assemble(asm.finish("requantize").code, folder, core)
    table_words = int32([word for words in found.constants for word in words])
    contents = int32([value * sums.scale for sums, row in zip(layer, rows, strict=True) for value in row])
    results = built.run(table_words, contents, np.zeros(len(contents), np.int8))[2]
    wanted = [expected(sums, output, value) for sums, row in zip(layer, rows, strict=True) for value in row]
    np.testing.assert_array_equal(results, np.array(wanted, np.int8))


@pytest.mark.parametrize("core", THUMB2_CORES, ids=lambda core: core.name)
@pytest.mark.parametrize(
    ("layer", "output", "form"),
    [
        (relu_layer(5), RELU, Fused),
        (relu_layer(5, scale=576, reach=2**21), OutputRange(-3, -3, 90), Fused),
        ([FAR_APART[1], DEAD], OutputRange(3), Rounded),
        (FAR_APART, OutputRange(-5, -5, 100), Shifted),
    ],
    ids=["fused", "fused with limits", "rounded", "shifted with limits"],
)
def test_cores_compute_what_is_proven(tmp_path: Path, core, layer, output: OutputRange, form: type) -> None:
    found = with_roundings(layer, output) if form is Rounded else prove(layer, output)
    assert type(found) is form
    for with_spare in spares(core):
        run_on_core(tmp_path, found, layer, output, core, with_spare=with_spare)


@settings(max_examples=examples(10), deadline=None)
@given(st.lists(channels(), min_size=1, max_size=3), outputs(), st.sampled_from([CORTEX_M3, CORTEX_M4]))
def test_drawn_layers_are_computed_as_proven(
    tmp_path_factory: pytest.TempPathFactory, layer: list[Sums], output: OutputRange, core
) -> None:
    forms = [prove(layer, output)]
    forms += [with_roundings(layer, output)] if len({sums.scale for sums in layer}) == 1 else []
    for found in forms:
        if not isinstance(found, str):
            for with_spare in spares(core):
                folder = tmp_path_factory.mktemp("drawn")
                run_on_core(folder, found, layer, output, core, with_spare=with_spare)


def spares(core) -> tuple[bool, ...]:
    """Whether there is a spare register: both, but there has to be one without the DSP extension."""
    return (False, True) if "dsp" in core.features else (True,)


def test_without_the_dsp_extension_a_spare_register_is_needed() -> None:
    layer = relu_layer(1)
    found = prove(layer, RELU)
    asm = Assembler("Requantizes", (), dsp=False)
    with (
        asm.using("sum", "factor", "offset") as (value, *constants),
        pytest.raises(InternalError, match="spare"),
    ):
        found.emit(asm, (value,), constants)
