"""Every mistake in a layer that moves values is reported as a sentence, and nothing raises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from scons_tinyml.stages.graph.ir import TensorType
from scons_tinyml.stages.graph.operators import find_operator
from support.tflite_builder import NetworkBuilder

NOTHING: dict[str, int | bool] = {
    **dict.fromkeys(("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0),
    "offset": False,
}
JOIN = {"axis": 1, "fused_activation_function": "NONE"}
PIXELS = {"align_corners": False, "half_pixel_centers": False}
LOOK = {"axis": 0, "batch_dims": 0}


class A:
    """A tensor: an activation of a shape, or a constant."""

    def __init__(
        self,
        *shape: int,
        type_name: TensorType = "float32",
        values: Any = None,
        scale: float = 0.5,
        point: int = 0,
    ) -> None:
        self.shape, self.type, self.values, self.scale, self.point = shape, type_name, values, scale, point

    def add(self, net: NetworkBuilder) -> int:
        if self.values is not None:
            scales = [self.scale] if self.values.dtype == np.int8 else []
            return net.constant(self.values, scales=scales)
        if self.type == "float32":
            return net.activation(self.shape, self.type)
        return net.activation(self.shape, self.type, scale=self.scale, zero_point=self.point)


def _c(*values: Any, type_name: str = "int32") -> A:
    return A(values=np.array(values, type_name))


def _i(*shape: int, **others: Any) -> A:
    return A(*shape, type_name="int8", **others)


LAYERS: list[tuple[str, Sequence[A | None], Sequence[A], dict[str, Any], str]] = [
    (
        "REVERSE_V2",
        [A(2, 3), _c(1, -1)],
        [A(2, 3)],
        {},
        "axes [1, -1] do not name dimensions of 2, each at most once",
    ),
    (
        "REVERSE_V2",
        [A(2, 3), _c(2)],
        [A(2, 3)],
        {},
        "axes [2] do not name dimensions of 2, each at most once",
    ),
    (
        "REVERSE_V2",
        [A(2, 3, 4), _c(2, 0)],
        [A(2, 3, 4)],
        {},
        "axes [0, 2] are not neighbours, as TensorFlow Lite needs them",
    ),
    ("REVERSE_V2", [A(2, 3), _c(1)], [A(3, 2)], {}, "output has the shape [3, 2], expected [2, 3]"),
    ("TRANSPOSE", [A(2, 3)], [A(3, 2)], {}, "input 1 (permutation) is missing"),
    (
        "TRANSPOSE",
        [A(2, 3), A(2)],
        [A(3, 2)],
        {},
        "permutation is computed while the network runs, expected a constant",
    ),
    (
        "TRANSPOSE",
        [A(2, 3), _c([1, 0])],
        [A(3, 2)],
        {},
        "permutation has the shape [1, 2], expected 1 dimensions",
    ),
    (
        "TRANSPOSE",
        [A(2, 3), _c(1, 1)],
        [A(3, 3)],
        {},
        "permutation [1, 1] does not name each of 2 dimensions once",
    ),
    ("TRANSPOSE", [A(2, 3), _c(1, 0)], [A(2, 3)], {}, "output has the shape [2, 3], expected [3, 2]"),
    (
        "TRANSPOSE",
        [A(*[1] * 6), _c(*range(6))],
        [A(*[1] * 6)],
        {},
        "input has 6 dimensions, expected at most 5",
    ),
    (
        "DEPTH_TO_SPACE",
        [A(1, 1, 1, 4, type_name="int16")],
        [A(1, 2, 2, 1, type_name="int16")],
        {"block_size": 2},
        "moves values of type int16, expected float32, int8, uint8, int32, int64",
    ),
    ("TRANSPOSE", [A(2), _c(0)], [_i(2)], {}, "output is int8, the input is float32"),
    ("TRANSPOSE", [A(0), _c(0)], [A(0)], {}, "the input has the shape [0], which holds no value"),
    (
        "TRANSPOSE",
        [_i(2), _c(0)],
        [_i(2, point=1)],
        {},
        "output and the input are quantized differently, but values are moved as they are",
    ),
    ("SLICE", [A(4), _c(1, 1), _c(1)], [A(1)], {}, "has 2 begins and 1 sizes for 1 dimensions"),
    ("SLICE", [A(4), _c(1), _c(4)], [A(4)], {}, "takes 4 values from 1 on along dimension 0, which has 4"),
    ("SLICE", [A(4), _c(-1), _c(1)], [A(1)], {}, "takes 1 values from -1 on along dimension 0, which has 4"),
    ("SLICE", [A(4), _c(1), _c(-1)], [A(2)], {}, "output has the shape [2], expected [3]"),
    (
        "STRIDED_SLICE",
        [A(4), _c(0), _c(4), _c(0)],
        [A(4)],
        NOTHING,
        "strides [0] must not be 0",
    ),
    (
        "STRIDED_SLICE",
        [A(4), _c(0), _c(4), _c(1)],
        [A(1, 4)],
        {**NOTHING, "new_axis_mask": 1},
        "has the option new_axis_mask 1, expected 0",
    ),
    (
        "STRIDED_SLICE",
        [A(4, 4), _c(0), _c(4), _c(1)],
        [A(4, 4)],
        NOTHING,
        "has [1, 1, 1] begins, ends and strides for 2 dimensions",
    ),
    (
        "STRIDED_SLICE",
        [A(4), _c(0, type_name="int64"), _c(4), _c(1)],
        [A(4)],
        NOTHING,
        "begin is int64, expected int32",
    ),
    (
        "STRIDED_SLICE",
        [A(4), _c(2), _c(2), _c(1)],
        [A(0)],
        NOTHING,
        "takes nothing along dimension 0, which has 4",
    ),
    (
        "STRIDED_SLICE",
        [A(4), _c(4), _c(5), _c(1)],
        [A()],
        {**NOTHING, "shrink_axis_mask": 1},
        "takes nothing along dimension 0, which has 4",
    ),
    (
        "STRIDED_SLICE",
        [A(4), _c(1), _c(5), _c(-1)],
        [A()],
        {**NOTHING, "shrink_axis_mask": 1},
        "drops dimension 0 with the stride -1, expected above 0",
    ),
    (
        "BROADCAST_TO",
        [A(2, 3), _c(2, 4)],
        [A(2, 4)],
        {},
        "input of the shape [2, 3] cannot be broadcast to [2, 4]",
    ),
    ("BROADCAST_TO", [A(2, 3), _c(3)], [A(3)], {}, "input of the shape [2, 3] cannot be broadcast to [3]"),
    (
        "BROADCAST_TO",
        [A(1), _c(*[1] * 6)],
        [A(*[1] * 6)],
        {},
        "output has 6 dimensions, expected at most 5",
    ),
    ("TILE", [A(2, 3), _c(2)], [A(4, 3)], {}, "multiples [2] do not fit the input's shape [2, 3]"),
    (
        "TILE",
        [A(*[2] * 7), _c(*[2] * 7)],
        [A(*[4] * 7)],
        {},
        "takes 14 nested loops, kernels have 6",
    ),
    (
        "SPACE_TO_DEPTH",
        [A(1, 4, 3, 1)],
        [A(1, 2, 1, 4)],
        {"block_size": 2},
        "block size 2 does not divide the input's height 4 and width 3",
    ),
    (
        "SPACE_TO_DEPTH",
        [A(4, 4)],
        [A(2, 2)],
        {"block_size": 2},
        "input has the shape [4, 4], expected 4 dimensions",
    ),
    (
        "DEPTH_TO_SPACE",
        [A(1, 2, 2, 6)],
        [A(1, 4, 4, 1)],
        {"block_size": 2},
        "blocks of 2x2 pixels do not divide the input's 6 channels",
    ),
    ("CONCATENATION", [A(1, 2), None], [A(1, 4)], JOIN, "an input is missing"),
    ("CONCATENATION", [A(1, 2)], [A(1, 2), A(1, 2)], JOIN, "has 2 outputs, expected 1"),
    ("CONCATENATION", [A(1, 1)] * 11, [A(1, 11)], JOIN, "has 11 inputs, expected at most 10"),
    (
        "CONCATENATION",
        [A(1, 2)],
        [A(1, 2)],
        {**JOIN, "fused_activation_function": "RELU"},
        "has the fused activation RELU, expected NONE",
    ),
    ("CONCATENATION", [A(1, 2), _i(1, 2)], [A(1, 4)], JOIN, "input 1 is int8, the whole is float32"),
    (
        "CONCATENATION",
        [_i(1, 2), _i(1, 2, scale=1)],
        [_i(1, 4)],
        JOIN,
        "input 1 and the whole are quantized differently, but values are moved as they are",
    ),
    (
        "CONCATENATION",
        [A(1, 2, type_name="int16", point=1)],
        [A(1, 2, type_name="int16", point=1)],
        JOIN,
        "output is int16 with the zero point 1, expected 0",
    ),
    ("CONCATENATION", [A(2)], [A(2)], JOIN, "axis 1 does not exist in a tensor of 1 dimensions"),
    (
        "CONCATENATION",
        [A(1, 2), A(1, 3)],
        [A(1, 6)],
        JOIN,
        "the parts have 5 values along axis 1, the whole 6",
    ),
    ("CONCATENATION", [A(1, 2), A(2, 3)], [A(1, 5)], JOIN, "input 1 has the shape [2, 3], expected [1, 3]"),
    (
        "PACK",
        [A(2), A(2)],
        [A(2, 2)],
        {"axis": 0, "values_count": 3},
        "has 2 inputs, its option values_count says 3",
    ),
    (
        "PACK",
        [A(2), A(3)],
        [A(2, 2)],
        {"axis": 0, "values_count": 2},
        "input 1 has the shape [3], expected [2]",
    ),
    ("SPLIT", [_c(0), A(4)], [A(2), A(1)], {}, "outputs have 2 different shapes, expected one"),
    ("SPLIT", [_c(0, 0), A(4)], [A(2), A(2)], {}, "axis has 2 values, expected 1"),
    ("SPLIT", [_c(1), A(4)], [A(2), A(2)], {}, "axis 1 does not exist in a tensor of 1 dimensions"),
    ("SPLIT", [_c(0), A(4)], [A(1), A(1)], {}, "the parts have 2 values along axis 0, the whole 4"),
    ("SPLIT_V", [A(4), _c(1, 3), _c(0)], [A(4)], {}, "has 1 outputs for 2 lengths"),
    (
        "SPLIT_V",
        [A(4), _c(1, 3), _c(0)],
        [A(1), A(2)],
        {},
        "output 1 has the shape [2], expected 3 along axis 0",
    ),
    ("UNPACK", [A(2, 4)], [A(4)], {"axis": 0, "num": 2}, "has 1 outputs, its option num says 2"),
    ("UNPACK", [A(2, 4)], [A(4), A(2)], {"axis": 0, "num": 2}, "output 1 has the shape [2], expected [4]"),
    (
        "SQUEEZE",
        [A(1, 2)],
        [A(2)],
        {"squeeze_dims": (1,)},
        "dimension 1 of [1, 2] is not one of length 1",
    ),
    ("SQUEEZE", [A(1, 2, 1)], [A(2, 1)], {"squeeze_dims": ()}, "output has the shape [2, 1], expected [2]"),
    ("EXPAND_DIMS", [A(2), _c(2)], [A(2, 1)], {}, "axis 2 does not exist in an output of 2 dimensions"),
    ("EXPAND_DIMS", [A(2), _c(0, 1)], [A(1, 2)], {}, "axis is int32 [0, 1], expected one int32"),
    (
        "PADV2",
        [A(2), _c([1, 0]), A(1)],
        [A(3)],
        {},
        "constant_values is computed while the network runs, expected a constant",
    ),
    (
        "PADV2",
        [A(2), _c([1, 0]), _c(1)],
        [A(3)],
        {},
        "constant_values is int32 [1], expected one float32",
    ),
    (
        "PADV2",
        [_i(2), _c([1, 0]), A(values=np.array([1], np.int8), scale=1)],
        [_i(3)],
        {},
        "input and constant_values are quantized differently: scale 0.5 and 1.0, zero point 0 and 0",
    ),
    (
        "PAD",
        [A(2, 2, 2, 2, 2, 2), _c([1, 0], [0, 0], [1, 0], [0, 0], [0, 0], [0, 1])],
        [A(3, 2, 3, 2, 2, 3)],
        {},
        "pads more than 4 dimensions",
    ),
    (
        "MIRROR_PAD",
        [A(3), _c([0, 3])],
        [A(6)],
        {"mode": "REFLECT"},
        "pads dimension 0 by 3, 2 of its 3 values can be mirrored",
    ),
    (
        "MIRROR_PAD",
        [A(*[2] * 5), _c(*[[0, 1]] * 5)],
        [A(*[3] * 5)],
        {"mode": "SYMMETRIC"},
        "takes 5 nested loops around dense rows, kernels have 4",
    ),
    (
        "MIRROR_PAD",
        [A(2**22, 1), _c([1, 0], [0, 0])],
        [A(2**22 + 1, 1)],
        {"mode": "SYMMETRIC"},
        "output has 4194305 values, expected at most 4194304",
    ),
    (
        "SPACE_TO_BATCH_ND",
        [A(1, 3, 4, 1), _c(2, 2), _c([0, 0], [0, 0])],
        [A(4, 1, 2, 1)],
        {},
        "blocks of 2x2 do not divide 3x4 padded pixels",
    ),
    (
        "SPACE_TO_BATCH_ND",
        [A(1, 4, 4, 1), _c(2), _c([0, 0], [0, 0])],
        [A(4, 2, 2, 1)],
        {},
        "block_shape and paddings have the shapes [1] and [2, 2], expected [2] and [2, 2]",
    ),
    (
        "SPACE_TO_BATCH_ND",
        [A(4, 4), _c(2), _c([0, 0])],
        [A(4, 4)],
        {},
        "input has 2 dimensions, expected 3 or 4",
    ),
    (
        "BATCH_TO_SPACE_ND",
        [A(4, 1, 1, 1), _c(2, 0), _c([0, 0], [0, 0])],
        [A(1, 2, 2, 1)],
        {},
        "block_shape [2, 0] and crops [0, 0, 0, 0] must not be below 1 and 0",
    ),
    (
        "BATCH_TO_SPACE_ND",
        [A(3, 1, 1, 1), _c(2, 2), _c([0, 0], [0, 0])],
        [A(1, 2, 2, 1)],
        {},
        "batch 3 is no multiple of the block's 2x2 pixels",
    ),
    (
        "BATCH_TO_SPACE_ND",
        [A(4, 1, 1, 1), _c(2, 2), _c([1, 1], [0, 0])],
        [A(1, 0, 2, 1)],
        {},
        "crops (1, 1) and (0, 0) leave nothing of the images",
    ),
    (
        "GATHER",
        [A(4), _c(0, type_name="int8")],
        [A(1)],
        LOOK,
        "positions are int8, expected int32 or int16 or int64",
    ),
    ("GATHER", [A(4), _c(3, 4)], [A(2)], LOOK, "position 4 does not exist along an axis of 4"),
    ("GATHER", [A(4), _c(-1)], [A(1)], LOOK, "position -1 does not exist along an axis of 4"),
    (
        "GATHER",
        [A(4), _c(0)],
        [A(1)],
        {"axis": 1, "batch_dims": 0},
        "axis 1 does not exist in an input of 1 dimensions",
    ),
    (
        "GATHER",
        [A(4, 4), _c(0)],
        [A(1)],
        {"axis": 0, "batch_dims": 1},
        "batch_dims 1 does not fit axis 0 and 1 dimensions",
    ),
    (
        "GATHER",
        [A(4, 4), _c(0, 1, 2)],
        [A(4)],
        {"axis": 1, "batch_dims": 1},
        "input [4, 4] and positions [3] differ in 1 dimensions",
    ),
    ("GATHER", [A(4), _c(0)], [A(2)], LOOK, "output has the shape [2], expected [1]"),
    (
        "RESIZE_NEAREST_NEIGHBOR",
        [A(1, 2, 2, 1), _c(4)],
        [A(1, 4, 4, 1)],
        PIXELS,
        "size is int32 of the shape [1], expected int32 [2]",
    ),
    (
        "RESIZE_NEAREST_NEIGHBOR",
        [A(1, 2, 2, 1), _c(4, 0)],
        [A(1, 4, 0, 1)],
        PIXELS,
        "size [4, 0] must be above 0",
    ),
    (
        "RESIZE_BILINEAR",
        [A(1, 2, 2, 1), _c(4, 4)],
        [A(1, 4, 4, 1)],
        {"align_corners": True, "half_pixel_centers": True},
        "has both options align_corners and half_pixel_centers, expected at most one",
    ),
    (
        "RESIZE_BILINEAR",
        [_i(1, 1, 1, 1), _c(70, 1)],
        [_i(1, 70, 1, 1)],
        PIXELS,
        "makes 70 pixels of 1 along dimension 1: too many for places in int8 images",
    ),
]


@pytest.mark.parametrize(
    ("operator", "inputs", "outputs", "options", "expected"),
    LAYERS,
    ids=[f"{e[0]}: {e[4][:60]}" for e in LAYERS],
)
def test_problem(
    operator: str, inputs: Sequence[A | None], outputs: Sequence[A], options: dict[str, Any], expected: str
) -> None:
    net = NetworkBuilder()
    sources = [tensor and tensor.add(net) for tensor in inputs]
    results = [tensor.add(net) for tensor in outputs]
    net.layer(operator, sources, results, **options)
    graph = net.finish([], results)
    found = find_operator(operator)
    assert found is not None
    assert found.check(graph.view(graph.layers[0])) == [expected]
