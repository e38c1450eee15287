"""Layers that the kernels of the CMSIS-NN set admit."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hypothesis.strategies import SearchStrategy

from scons_tinyml.records.kernel import Kernel
from support.all_cases import KERNEL_CASES
from support.cases import CASES, Case, Limits
from support.kernel_calls import admits

_LIMITS = {
    "cmsis_nn/batch_matmul_int8": Limits(rows_by_rows=True),
    "cmsis_nn/conv_2d_int8": Limits(groups=1),
    "cmsis_nn/conv_2d_1x1_int8": Limits(filter_length=1, stride=1, groups=1),
    "cmsis_nn/conv_2d_1x1_strided_int8": Limits(filter_length=1, groups=1),
    "cmsis_nn/conv_2d_im2col_int8": Limits(groups=1),
    "cmsis_nn/conv_2d_int4": Limits(groups=1),
    "cmsis_nn/conv_2d_int16": Limits(groups=1),
    "cmsis_nn/depthwise_conv_2d_3x3_int8": Limits(filter_length=3, dilation=1, depth_multiplier=1),
    "cmsis_nn/depthwise_conv_2d_columns_int8": Limits(dilation=1, depth_multiplier=1),
}


def admitted_cases(
    kernel: Kernel, features: Mapping[str, int] = MappingProxyType({})
) -> SearchStrategy[Case]:
    """Return random layers within the constraints of `kernel` on a core with `features`."""
    limits = (_LIMITS[kernel.name],) if kernel.name in _LIMITS else ()
    layers = CASES.get(kernel.operator) or KERNEL_CASES[kernel.operator]
    return layers(kernel.type, *limits).filter(lambda case: admits(kernel, case, features))
