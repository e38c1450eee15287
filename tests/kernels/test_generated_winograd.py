"""Winograd F(4x4, 3x3): ranges of its numbers at their ends, and TensorFlow Lite Micro's bytes on random layers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scons_tinyml.stages.lowering.arguments import known_operator
from scons_tinyml.stages.lowering.core import Core as LoweredCore
from scons_tinyml.stages.lowering.images import for_each_image, one_image
from scons_tinyml.stages.lowering.implementation import Implementation, Lowered, Refusal
from scons_tinyml.stages.lowering.thumb.assembler import LOOP_BYTES
from scons_tinyml.stages.project_code import importing_from
from support.arm_machine import CORES, Core
from support.cases import IMAGES, Case
from support.effort import examples
from support.generated_layers import lowered, product, results
from support.kernel_calls import KERNELS
from support.oracle import run_oracle
from support.routines import CORTEX_M3, CORTEX_M4, THUMB2_CORES
from support.tflite_builder import NetworkBuilder

NAME = "generated/conv_2d_winograd"
SCHEDULES = {f"{NAME}.row", f"{NAME}.strip", f"{NAME}.made"}
OPTIONS = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
KNOWN_REASONS = re.compile(r"sums of channel|no proven constants")
WITHOUT_FPU = replace(CORTEX_M4, features=("dsp",))


@pytest.fixture(scope="module")
def arithmetic() -> Iterator[ModuleType]:
    """The helper with the matrices."""
    with importing_from(KERNELS / "generated"):
        yield import_module("_winograd")


def offered(case: Case, core: Core = CORTEX_M4) -> tuple[Lowered, ...]:
    """What this generator offers for the layer."""
    return tuple(item for item in lowered(case, core) if item.name.startswith(NAME))


def assert_equal(case: Case, wanted: NDArray[np.generic], core: Core, folder: Path) -> None:
    """All schedules give the bytes of `wanted`; where there is none, the reason is a known one."""
    found = offered(case, core)
    assert found != ()
    for item in found:
        if isinstance(item, Refusal):
            assert KNOWN_REASONS.search(item.reason)
            continue
        for result in results(item, case, core, folder):
            np.testing.assert_array_equal(result, wanted, strict=True, err_msg=item.name)


# Arithmetic.


def lanes_within(lowest: NDArray[np.int64], highest: NDArray[np.int64]) -> bool:
    return bool(lowest.min() >= -(2**15) and highest.max() < 2**15)


def reach(matrix: NDArray[np.int64], low: int, high: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The least and largest number at each position of `matrix` x `matrix`' for numbers of `low` to `high`."""
    factors = np.einsum("ia,jb->ijab", matrix, matrix)
    ends = np.stack([factors * low, factors * high])
    return ends.min(0).sum((2, 3)), ends.max(0).sum((2, 3))


def test_transformed_numbers_fit_16_bits(arithmetic: ModuleType) -> None:
    least, most = reach(arithmetic.INPUT_MATRIX, 0, 255)
    assert (least.min(), most.max()) == (-12750, 17340)
    assert lanes_within(least, most)
    least, most = reach(arithmetic.WEIGHT_MATRIX, -128, 127)
    assert max(most.max(), -least.min()) == 18432
    assert lanes_within(least, most)


@settings(max_examples=examples(50))
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_products_of_a_tile_are_576_times_its_sums(
    arithmetic: ModuleType, seed: int, at_the_ends: bool
) -> None:
    random = np.random.default_rng(seed)
    window = random.integers(0, 256, (6, 6)).astype(np.int64)
    taps = random.integers(-128, 128, (3, 3)).astype(np.int64)
    if at_the_ends:
        window, taps = np.where(window > 127, 255, 0), np.where(taps >= 0, 127, -128)
    inputs = arithmetic.INPUT_MATRIX @ window @ arithmetic.INPUT_MATRIX.T
    weights = arithmetic.transformed_weights(taps.astype(np.int8)[None, :, :, None])[:, :, 0, 0]
    tile = arithmetic.OUTPUT_MATRIX @ (inputs * weights) @ arithmetic.OUTPUT_MATRIX.T
    views = np.lib.stride_tricks.sliding_window_view(window, (3, 3))
    np.testing.assert_array_equal(tile, arithmetic.SCALE * np.einsum("ijab,ab->ij", views, taps))
    reduced = (tile * arithmetic.INVERSE_OF_9 + 2**31) % 2**32 - 2**31
    np.testing.assert_array_equal(reduced, arithmetic.REDUCED_SCALE * tile // arithmetic.SCALE)


# Random layers.


ANY_LENGTH, ANY_DEPTH = st.integers(4, 12), st.integers(3, 20)


@st.composite
def convolutions(
    draw: st.DrawFn,
    depths: st.SearchStrategy[int] = ANY_DEPTH,
    heights: st.SearchStrategy[int] = ANY_LENGTH,
    widths: st.SearchStrategy[int] = ANY_LENGTH,
    *,
    valid: bool = False,
) -> Case:
    """3x3 convolutions of any sizes and channels, with outputs of 4x4 or more."""
    same = not valid and draw(st.booleans())
    height, width = (draw(lengths) + (0 if same else 2) for lengths in (heights, widths))
    depth, channels = draw(depths), draw(st.integers(2, 9))
    images = draw(IMAGES)
    channels = depth if draw(st.booleans()) else channels
    rows, columns = (height, width) if same else (height - 2, width - 2)
    shapes = ((images, height, width, depth), (channels, 3, 3, depth), (images, rows, columns, channels))
    return product(draw, "CONV_2D", shapes, padding="SAME" if same else "VALID", **OPTIONS)


@pytest.mark.parametrize(
    "core", (*THUMB2_CORES, WITHOUT_FPU), ids=lambda core: f"{core.name} {core.features}"
)
def test_random_layers_equal_the_oracle(tmp_path_factory: pytest.TempPathFactory, core: Core) -> None:
    @settings(max_examples=examples({CORTEX_M4: 20, CORTEX_M3: 8}.get(core, 3)), deadline=None)
    @given(convolutions())
    def check(case: Case) -> None:
        for item in offered(case, core):
            event(f"in place: {item.in_place}" if isinstance(item, Implementation) else "refused")
        wanted = run_oracle(case.graph, case.inputs)
        assert_equal(case, wanted, core, tmp_path_factory.mktemp("winograd"))

    check()


@pytest.mark.parametrize("width", [9, 16])
@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("source", ["flash", "copied", "made"])
def test_any_schedule_equals_the_oracle(
    tmp_path_factory: pytest.TempPathFactory, width: int, rows: int, source: str
) -> None:
    """Strips of any height, of which the last one may repeat rows; blocks of two and four tiles, with empty places."""

    @settings(max_examples=examples(2), deadline=None)
    @given(convolutions(st.sampled_from([40, 7]), st.sampled_from([11]), st.just(width)))
    def check(case: Case) -> None:
        view = one_image(case.view)
        core = LoweredCore("cortex-m4", frozenset({"dsp", "fpu"}))
        with importing_from(KERNELS / "generated"):
            generator, geometry = import_module("conv_2d_winograd"), import_module("_winograd_image")
            weighted = import_module("_weighted").weighted_layer(view, core)
            filters = import_module("_winograd").filters_of(weighted, view.input(0).shape[3])
            assume(not isinstance(filters, str))
            image = geometry.Image.of(known_operator(view).attributes(view))
            schedule = geometry.Schedule(image, filters, rows, geometry.Source(source))
            items = [
                (generator.implementation("any", schedule, weighted, LoweredCore(name, features)), built)
                for name, features, built in (
                    ("cortex-m4", frozenset({"dsp", "fpu"}), CORTEX_M4),
                    ("cortex-m3", frozenset(), CORTEX_M3),
                )
            ]
        wanted = run_oracle(case.graph, case.inputs)
        for item, built in items:
            (found,) = for_each_image(case.view, [item])
            for result in results(found, case, built, tmp_path_factory.mktemp("schedule")):
                np.testing.assert_array_equal(result, wanted, strict=True)

    check()


@settings(max_examples=examples(15), deadline=None)
@given(st.data())
def test_any_padding_equals_an_image_with_a_frame(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """The zero point around an image is padding of 0 to 2 pixels on each side."""
    case = data.draw(convolutions(st.integers(3, 8), valid=True))
    view = case.view
    _, height, width, _ = view.input(0).shape
    sides = [data.draw(st.integers(0, 2)) for _ in range(4)]
    top, bottom, left, right = sides
    framed = np.full_like(case.inputs[0], view.input(0).quantization.zero_points[0])
    inner = np.s_[:, top : height - bottom, left : width - right]
    framed[inner] = case.inputs[0][inner]
    wanted = run_oracle(case.graph, (framed,))
    names = [f"padding_{side}" for side in ("top", "bottom", "left", "right")]
    layer = replace(
        view.layer,
        options={**view.layer.options, "padding": "EXPLICIT", **dict(zip(names, sides, strict=True))},
    )
    values = np.ascontiguousarray(framed[inner])
    tensors = list(case.graph.tensors)
    tensors[view.layer.inputs[0]] = replace(view.input(0), shape=values.shape)
    padded = Case(replace(case.graph, tensors=tuple(tensors), layers=(layer,)), (values,))
    assert_equal(padded, wanted, CORTEX_M4, tmp_path_factory.mktemp("padding"))


# Ends of ranges.


def layer(
    weights: NDArray[np.int8],
    values: NDArray[np.int8],
    bias: int = 0,
    *,
    factor: float,
    zero_points: tuple[int, int] = (-128, 0),
    **options: int | str,
) -> Case:
    """A convolution of one image; the factor is that of sums to outputs."""
    net = NetworkBuilder()
    given = net.activation(values.shape, "int8", scale=1.0, zero_point=zero_points[0])
    taps = net.constant(weights, scales=(factor,))
    numbers = np.full(weights.shape[0], bias, np.int32)
    offset = net.constant(numbers, scales=(factor,))
    chosen = {"padding": "SAME", "fused_activation_function": "NONE", **OPTIONS, **options}
    _, height, width, _ = values.shape
    lost = (1 if chosen["padding"] == "VALID" else 0, chosen["stride_h"])
    rows, columns = (-(-(length - 2 * lost[0]) // int(lost[1])) for length in (height, width))
    output = net.activation(
        (1, rows, columns, weights.shape[0]), "int8", scale=1.0, zero_point=zero_points[1]
    )
    net.layer("CONV_2D", [given, taps, offset], [output], **chosen)
    return Case(net.finish([given], [output]), (values,))


@pytest.mark.parametrize(("scale", "depth"), [(576, 12), (64, 108)])
@pytest.mark.parametrize("sign", [1, -1])
def test_sums_up_to_the_limit_are_right(tmp_path: Path, scale: int, depth: int, sign: int) -> None:
    """The largest sum that 32 bits hold `scale` times; with one more, the layer is computed otherwise or refused."""
    limit = 2**31 // scale - (2**31 % scale == 0 and sign > 0)
    weights = np.full((2, 3, 3, depth), 127 * sign, np.int8)
    bias = limit * sign - 9 * depth * 255 * 127 * sign
    values = np.full((1, 4, 4, depth), 127, np.int8)
    case = layer(weights, values, bias, factor=2.0**-18)
    texts = []
    for item in offered(case):
        assert isinstance(item, Implementation)
        for result in results(item, case, CORTEX_M4, tmp_path):
            np.testing.assert_array_equal(result, run_oracle(case.graph, case.inputs))
        texts.append(item.code.text)  # type: ignore[union-attr]
    assert ["a ninth" in text for text in texts] == [scale == 64] * len(texts)
    beyond = offered(layer(weights, values, bias + sign, factor=2.0**-18))
    if scale == 576:
        assert all("a ninth" in item.code.text for item in beyond)  # type: ignore[union-attr]
        return
    reached = sorted([bias + sign, (limit + 1) * sign])
    assert beyond == (
        Refusal(
            NAME,
            f"sums of channel 0 reach {reached[0]} to {reached[1]}, "
            "64 times them fit 32 bits from -2^25 to 2^25 - 1",
        ),
    )


@pytest.mark.parametrize("padding", [-128, 127])
@pytest.mark.parametrize("weight", [-128, 127])
def test_ends_of_inputs_weights_and_padding(tmp_path: Path, padding: int, weight: int) -> None:
    random = np.random.default_rng(3)
    values = random.choice(np.array([-128, 127], np.int8), (1, 5, 6, 5))
    weights = np.full((3, 3, 3, 5), weight, np.int8)
    case = layer(weights, values, factor=2.0**-13, zero_points=(padding, 5))
    assert_equal(case, run_oracle(case.graph, case.inputs), CORTEX_M4, tmp_path)


@pytest.mark.parametrize(
    ("shape", "channels"),
    [
        ((4, 24, 40), 64),
        ((4, 22, 100), 3),
        ((5, 5, 110), 4),
        ((4, 4, 500), 2),
        ((4, 16, 64), 16),
        ((12, 16, 40), 6),
    ],
    ids=[
        "two pointers to rows, outputs far away",
        "three pointers",
        "positions far away",
        "deep",
        "channels at once",
        "tiles at once",
    ],
)
def test_layers_of_other_sizes(tmp_path: Path, shape: tuple[int, ...], channels: int) -> None:
    random = np.random.default_rng(4)
    values = random.integers(-128, 128, (1, *shape)).astype(np.int8)
    weights = random.integers(-9, 10, (channels, 3, 3, shape[-1])).astype(np.int8)
    case = layer(weights, values, 100, factor=2.0**-11, zero_points=(-20, 7))
    assert all(isinstance(item, Implementation) for item in offered(case))
    assert_equal(case, run_oracle(case.graph, case.inputs), CORTEX_M4, tmp_path)


# Schedules and refusals.


def test_schedules_of_a_layer() -> None:
    """A strip that a row of tiles is already is not tried twice; weights are made for many outputs alone."""
    random = np.random.default_rng(0)
    weights = random.integers(-127, 128, (16, 3, 3, 16)).astype(np.int8)
    found = {
        size: offered(layer(weights, np.zeros((1, size, size, 16), np.int8), factor=2.0**-14))
        for size in (4, 16)
    }
    assert {item.name for item in found[16]} == SCHEDULES
    assert {item.name for item in found[4]} == {f"{NAME}.row"}
    in_place = {item.name: item.in_place for item in found[16]}  # type: ignore[union-attr]
    assert in_place == {f"{NAME}.row": False, f"{NAME}.strip": True, f"{NAME}.made": True}
    streams = {
        item.name: sum(len(constant.data) for constant in item.constants)
        for item in found[16]
        if isinstance(item, Implementation)
    }
    assert streams[f"{NAME}.row"] - streams[f"{NAME}.made"] == 7 * weights.size
    assert weights.size + 12 * 16 <= streams[f"{NAME}.made"] <= weights.size + 16 * 16


@pytest.mark.parametrize("depth", [4, 13, 32, 64, 100])
def test_loops_stay_in_the_instruction_cache(depth: int) -> None:
    weights = np.ones((8, 3, 3, depth), np.int8)
    for zero_points in ((-128, -128), (3, 5)):
        case = layer(weights, np.zeros((1, 12, 20, depth), np.int8), factor=1e-4, zero_points=zero_points)
        for item in offered(case):
            sizes = re.findall(r"(\d+) in the loop", item.code.text)  # type: ignore[union-attr]
            assert max(map(int, sizes)) <= LOOP_BYTES


@pytest.mark.parametrize(
    ("shape", "taps", "options", "reason"),
    [
        ((8, 8, 4), (4, 5, 5, 4), {}, "is for 3x3 filters"),
        (
            (8, 8, 4),
            (4, 3, 3, 4),
            {"stride_h": 2, "stride_w": 2},
            "is for layers without strides and dilation",
        ),
        (
            (8, 8, 4),
            (4, 3, 3, 4),
            {"dilation_h_factor": 2, "dilation_w_factor": 2},
            "is for layers without strides and dilation",
        ),
        ((8, 8, 4), (4, 3, 3, 2), {}, "is for one group of channels"),
        ((3, 8, 4), (4, 3, 3, 4), {}, "is for outputs of 4x4 pixels or more, the layer has 3x8"),
        ((8, 8, 2), (4, 3, 3, 2), {}, "is for 3 input channels or more, the layer has 2"),
        ((8, 8, 4), (1, 3, 3, 4), {}, "is for 2 output channels or more, the layer has 1"),
        ((4, 40, 100), (2, 3, 3, 100), {}, "is for padded rows of up to 4095 bytes, the layer has 4200"),
    ],
)
def test_refusals_say_why(
    shape: tuple[int, ...], taps: tuple[int, ...], options: dict[str, int], reason: str
) -> None:
    case = layer(np.ones(taps, np.int8), np.zeros((1, *shape), np.int8), factor=0.01, **options)
    assert offered(case) == (Refusal(NAME, reason),)


@settings(max_examples=examples(2), deadline=None)
@given(convolutions())
def test_cores_without_wide_instructions_are_refused(case: Case) -> None:
    for core in (core for core in CORES if core not in THUMB2_CORES):
        assert offered(case, core) == (
            Refusal(NAME, "needs instructions of 32 bits, which the core does not have"),
        )
