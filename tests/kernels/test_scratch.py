"""The scratch that CMSIS-NN kernels declare is what its own functions ask for, on every kind of core."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scons_tinyml.records.kernel import Kernel
from support.cases import Case
from support.cmsis_nn_cases import admitted_cases
from support.effort import examples
from support.external_sources import CHECKOUT, cmsis_nn_kernels
from support.host_kernels import HostLibrary
from support.kernel_calls import operator_of, scratch_bytes

KERNEL = cmsis_nn_kernels()
FEATURES = {"": {}, "_dsp": {"dsp": 1}, "_mve": {"dsp": 1, "mve": 1}}
"""What the core has for each suffix of the functions' names; without a suffix it is what this machine has."""

Integers = ctypes.Array[ctypes.c_int32]


def _is_enough(declared: int, asked: int) -> bool:
    """Return whether the declared bytes are those of the wheel's copy; for a checkout they may be more."""
    return declared == asked if CHECKOUT is None else declared >= asked


def _integers(*values: int) -> Integers:
    return (ctypes.c_int32 * len(values))(*values)


def _steps(layer: dict[str, int]) -> list[int]:
    names = (
        "stride_width",
        "stride_height",
        "padding_left",
        "padding_top",
        "dilation_width",
        "dilation_height",
    )
    return [layer[name] for name in names]


def _dims(layer: dict[str, int], role: str, channels: str) -> Integers:
    return _integers(1, layer[f"{role}_height"], layer[f"{role}_width"], layer[channels])


def _images(layer: dict[str, int], filter_channels: str) -> tuple[Integers, Integers, Integers]:
    return (
        _dims(layer, "input", "input_channels"),
        _dims(layer, "filter", filter_channels),
        _dims(layer, "output", "output_channels"),
    )


def _convolution(layer: dict[str, int]) -> tuple[Integers | int, ...]:
    return (_integers(0, 0, *_steps(layer), 0, 0), *_images(layer, "input_channels"))


def _depthwise(layer: dict[str, int]) -> tuple[Integers | int, ...]:
    conv = _integers(0, 0, layer["depth_multiplier"], *_steps(layer), 0, 0)
    return (conv, *_images(layer, "output_channels"))


def _average_pool(layer: dict[str, int]) -> tuple[Integers | int, ...]:
    return layer["output_width"], layer["channels"]


@pytest.mark.parametrize("suffix", FEATURES)
@pytest.mark.parametrize(
    ("kernel", "function", "arguments"),
    [
        (KERNEL["cmsis_nn/conv_2d_int8"], "arm_convolve_wrapper_s8_get_buffer_size", _convolution),
        (
            KERNEL["cmsis_nn/depthwise_conv_2d_int8"],
            "arm_depthwise_conv_wrapper_s8_get_buffer_size",
            _depthwise,
        ),
        (
            KERNEL["cmsis_nn/depthwise_conv_2d_int16"],
            "arm_depthwise_conv_wrapper_s16_get_buffer_size",
            _depthwise,
        ),
        (KERNEL["cmsis_nn/average_pool_2d_int8"], "arm_avgpool_s8_get_buffer_size", _average_pool),
    ],
)
def test_declared_scratch_is_what_cmsis_nn_asks_for(
    kernel: Kernel,
    function: str,
    arguments: Callable[[dict[str, int]], tuple[Integers | int, ...]],
    suffix: str,
    cmsis_nn_library: HostLibrary,
) -> None:
    buffer_size = getattr(cmsis_nn_library.library, function + suffix)

    @settings(max_examples=examples(60), deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case: Case = data.draw(admitted_cases(kernel, FEATURES[suffix]))
        asked = buffer_size(*arguments(operator_of(case).attributes(case.view)))
        assert _is_enough(scratch_bytes(kernel, case, FEATURES[suffix]), asked)

    check()


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("cmsis_nn/conv_2d_im2col_int8", "arm_convolve_s8_get_buffer_size"),
        ("cmsis_nn/depthwise_conv_2d_columns_int8", "arm_depthwise_conv_s8_opt_get_buffer_size_dsp"),
    ],
)
def test_kernels_below_the_wrappers(name: str, function: str, cmsis_nn_library: HostLibrary) -> None:
    if CHECKOUT is not None and not hasattr(cmsis_nn_library.library, function):
        pytest.skip(f"this revision has no {function}")
    buffer_size = getattr(cmsis_nn_library.library, function)

    @settings(max_examples=examples(60), deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        case: Case = data.draw(admitted_cases(KERNEL[name]))
        sizes = _images(operator_of(case).attributes(case.view), "input_channels")[:2]
        assert _is_enough(scratch_bytes(KERNEL[name], case, {"dsp": 1}), buffer_size(*sizes))

    check()
