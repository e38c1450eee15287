"""What ADD and MUL share: two inputs, of which one may repeat over the leading axes of the other."""

from __future__ import annotations

from abc import abstractmethod
from itertools import dropwhile

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.ir import LayerView, Tensor
from scons_tinyml.stages.graph.operators.activation import check_activation, range_fields
from scons_tinyml.stages.graph.operators.base import CStruct, Operator
from scons_tinyml.stages.graph.operators.quantized import check_quantization
from scons_tinyml.stages.graph.operators.tensors import check_counts, check_shape, common_type


class Elementwise(Operator):
    """output[i] = f(input 1[i modulo its size], input 2[i modulo its size])."""

    input_names = ("input_1", "input_2")

    def check(self, view: LayerView) -> list[str]:
        """Problems of the layer."""
        problems = check_counts(view, self.input_names) or check_activation(view)
        if problems:
            return problems
        first, second = view.input(0), view.input(1)
        larger, smaller = (first, second) if first.elements >= second.elements else (second, first)
        if not _repeats(smaller, larger):
            return [
                f"input shapes {list(first.shape)} and {list(second.shape)} differ; one must be equal to the "
                "other, or to its last dimensions"
            ]
        shape = _significant(larger)
        if _significant(view.output()) != shape:
            return check_shape(view.output(), "output", larger.shape)
        return [
            *check_quantization(first, "input 1"),
            *check_quantization(second, "input 2"),
            *check_quantization(view.output(), "output"),
        ] or self._check_scales(view)

    def _check_scales(self, view: LayerView) -> list[str]:  # noqa: ARG002
        return []

    def number_type(self, view: LayerView) -> NumberType | None:
        """Type of the kernels that can run the layer."""
        return common_type(view.input(0), view.input(1), view.output())

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Number of values of the inputs and of the output."""
        return {
            "input_1_size": view.input(0).elements,
            "input_2_size": view.input(1).elements,
            "output_size": view.output().elements,
        }

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Nothing is accumulated."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """`tinyml_<operator>_<type>_params`."""
        number_type = self.number_type(view)
        scales = self._scale_fields(view) if number_type == "int8" else {}
        fields = {**self.attributes(view), **scales, **range_fields(view)}
        return CStruct(f"tinyml_{self.name.lower()}_{number_type}_params", fields)

    @abstractmethod
    def _scale_fields(self, view: LayerView) -> dict[str, int]:
        """Offsets, multipliers and shifts of the int8 kernel."""


def _significant(tensor: Tensor) -> tuple[int, ...]:
    """Shape without leading dimensions of 1."""
    return tuple(dropwhile(lambda length: length == 1, tensor.shape))


def _repeats(smaller: Tensor, larger: Tensor) -> bool:
    """`larger` is `smaller` over and over: the shape of `smaller` is how the shape of `larger` ends."""
    ending = _significant(smaller)
    shape = larger.shape
    return shape[len(shape) - len(ending) :] == ending and 0 not in shape
