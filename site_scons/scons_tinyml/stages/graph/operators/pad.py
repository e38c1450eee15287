"""PAD: zeros around the values of a tensor, as many as a constant second input says."""

from __future__ import annotations

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.ir import LayerView
from scons_tinyml.stages.graph.operators.base import CStruct, Operator
from scons_tinyml.stages.graph.operators.quantized import (
    check_quantization,
    check_same_quantization,
    zero_point,
)
from scons_tinyml.stages.graph.operators.tensors import (
    check_counts,
    check_integers,
    check_shape,
    common_type,
    integers,
)

_AXES = ("height", "width", "channels")


class Pad(Operator):
    """Padding of up to three dimensions, and of a fourth, leading one of length 1 that stays as it is."""

    name = "PAD"
    input_names = ("input", "paddings")
    folded_inputs = (1,)

    def check(self, view: LayerView) -> list[str]:
        """Problems of the layer."""
        problems = check_counts(view, self.input_names) or check_integers(view.input(1), "paddings")
        if problems:
            return problems
        shape = view.input(0).shape
        if view.input(1).shape != (len(shape), 2):
            return [f"paddings have the shape {list(view.input(1).shape)}, expected {[len(shape), 2]}"]
        pairs = _pairs(view)
        if any(count < 0 for pair in pairs for count in pair):
            return [f"paddings {[list(pair) for pair in pairs]} must not be negative"]
        if 0 in shape:
            return [f"input has the shape {list(shape)}, which holds no value"]
        leading = len(shape) - len(_AXES)
        if leading > 1 or (leading == 1 and (shape[0] != 1 or pairs[0] != (0, 0))):
            return ["pads more than height, width and channels"]
        return self._check_output(view)

    @staticmethod
    def _check_output(view: LayerView) -> list[str]:
        source, output = view.input(0), view.output()
        expected = [
            before + length + after
            for length, (before, after) in zip(source.shape, _pairs(view), strict=True)
        ]
        problems = [
            *check_shape(output, "output", expected),
            *check_quantization(source, "input"),
            *check_quantization(output, "output"),
        ]
        return problems or check_same_quantization(source, output, "input and output")

    def number_type(self, view: LayerView) -> NumberType | None:
        """Type of the kernels that can run the layer."""
        return common_type(view.input(0), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Lengths of the input and counts of padding before and after, for height, width and channels."""
        lengths = (1, 1, 1, *view.input(0).shape)[-3:]
        pairs = ((0, 0), (0, 0), (0, 0), *_pairs(view))[-3:]
        named = dict(zip((f"input_{axis}" for axis in _AXES), lengths, strict=True))
        for axis, (before, after) in zip(_AXES, pairs, strict=True):
            named[f"{axis}_before"] = before
            named[f"{axis}_after"] = after
        return named

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Nothing is multiplied."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """`tinyml_pad_<type>_params`."""
        if self.number_type(view) == "float32":
            return CStruct("tinyml_pad_float32_params", {**self.attributes(view), "value": 0.0})
        value = zero_point(view.output())
        return CStruct("tinyml_pad_int8_params", {**self.attributes(view), "value": value})


def _pairs(view: LayerView) -> list[tuple[int, int]]:
    """(before, after) for each dimension."""
    values = integers(view.input(1))
    return list(zip(values[::2], values[1::2], strict=True))


OPERATOR = Pad()
