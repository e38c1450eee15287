"""The interface of an operator of the TensorFlow Lite schema. Each operator is one file of `operators/`.

The file is named after the operator in lower case (`conv_2d.py` for CONV_2D) and ends with `OPERATOR =
Conv2D()`. It is found by its name; there is no list of operators.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.windows.axis import WindowAxis
from scons_tinyml.stages.graph.ir import LayerView, TensorType


@dataclass(frozen=True)
class CArray:
    """A constant array that a parameter struct points to."""

    c_type: str
    values: tuple[int, ...] | tuple[float, ...]


@dataclass(frozen=True)
class CStruct:
    """Initializer of a parameter struct: designated fields in the order of the C header."""

    c_type: str
    fields: Mapping[str, int | float | CArray]

    def number(self, name: str) -> int:
        """Return the field `name`, a whole number."""
        value = self.fields[name]
        assert isinstance(value, int)
        return value

    def numbers(self, name: str) -> list[int]:
        """Return the field `name`, an array of whole numbers."""
        value = self.fields[name]
        assert isinstance(value, CArray)
        return [int(item) for item in value.values]


class Operator(ABC):
    """Shape rules, multiply-accumulates and C parameters of one operator."""

    name: ClassVar[str]
    """Name in the TensorFlow Lite schema, 'CONV_2D'."""

    layout_only: ClassVar[bool] = False
    """True when the output has the bytes of the input: both share one place, and no call is generated."""

    input_names: ClassVar[tuple[str, ...]] = ()
    """Roles of all inputs in the order of the schema, such as ('input', 'filter', 'bias').

    They name constants in the generated C. Absent inputs are passed as NULL.
    """

    folded_inputs: ClassVar[tuple[int, ...]] = ()
    """Positions of constant inputs that become parameters (an axis, a shape); kernels do not get them."""

    lists_inputs: ClassVar[bool] = False
    """True for any number of inputs; kernels get an array of pointers."""

    lists_outputs: ClassVar[bool] = False
    """True for any number of outputs; kernels get an array of pointers."""

    custom_code: ClassVar[str] = ""
    """Name of a custom operator in files, 'SignalWindow'; empty for builtin ones."""

    typed_input: ClassVar[int] = 0
    """Position of the input that gives the type of the layer."""

    made_by: ClassVar[str] = ""
    """Name of the pass that makes layers of the operator; empty for operators of files."""

    image_inputs: ClassVar[tuple[int, ...]] = ()
    """Positions of inputs with a part for each image in their first dimension, for kernels that compute one image.

    Kernels are called once for each image. It is empty where a kernel computes all images at once.
    """

    litert_types: ClassVar[tuple[TensorType, ...]] = ()
    """Types of `typed_input` that TensorFlow Lite Micro lacks; LiteRT is their oracle."""

    @property
    def computes(self) -> str:
        """Name in kernel declarations, of the C header and of the parameter struct.

        Operators that compute the same share kernels and measured rows.
        """
        return self.name

    def computation(self, view: LayerView) -> str:  # noqa: ARG002
        """Return the layer's name in kernel declarations: `computes`, or another for some types or shapes."""
        return self.computes

    @property
    def other_computations(self) -> tuple[str, ...]:
        """All names that `computation` returns besides `computes`."""
        return ()

    def folded(self, view: LayerView) -> tuple[int, ...]:  # noqa: ARG002
        """Return the positions of inputs that become parameters: `folded_inputs`, or more for some types."""
        return self.folded_inputs

    def images(self, view: LayerView) -> int:
        """Return the number of images that kernels compute one after another: the first size of the output."""
        return view.output().shape[0] if self.image_inputs else 1

    @abstractmethod
    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer, empty if it is valid: number of tensors, types, shapes, options.

        The other methods require a valid layer.
        """

    def aliases(self, view: LayerView) -> bool:  # noqa: ARG002
        """Return True when the layer leaves its first input's bytes unchanged, like `layout_only` ones."""
        return self.layout_only

    def image_window(self, view: LayerView) -> tuple[WindowAxis, WindowAxis] | None:  # noqa: ARG002
        """Return the window along rows and columns of a valid layer of images; None if a value depends on more.

        Inputs that are not constant are images, and have the same window.
        """
        return None

    def input_limits(self, view: LayerView, position: int) -> tuple[int, int] | None:  # noqa: ARG002
        """Return the least and greatest valid number of the input at `position`, such as a table index.

        None means that every value of the type is valid. Random samples stay within the limits.
        """
        return None

    def is_judged_by_litert(self, view: LayerView) -> bool:
        """Return True when LiteRT is the layer's oracle, because TensorFlow Lite Micro lacks its types."""
        return view.input(self.typed_input).type in self.litert_types

    def hidden_state(self, view: LayerView) -> tuple[TensorType, tuple[int, ...]] | None:  # noqa: ARG002
        """Return type and shape of values that the operator keeps between inferences, None without any.

        The layer is not checked yet. The reader adds a tensor of zeros for them, as the last input. Raises
        LookupError when an option or tensor is missing.
        """
        return None

    @abstractmethod
    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of kernels for the layer, None when no kernel has its combination of types."""

    @abstractmethod
    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return numbers that a kernel's cost or constraints can depend on, except values of tensors.

        They are shapes, strides, padding, dilation, and flags such as `per_channel` as 0 or 1. Expressions in
        kernel declarations use these names, and the cost key contains them.
        """

    @abstractmethod
    def macs(self, view: LayerView) -> int:
        """Return the multiply-accumulates of one inference, 0 for operators without any."""

    @abstractmethod
    def parameters(self, view: LayerView) -> CStruct:
        """Return the parameter struct of `kernels/include/tinyml/<computation>.h` for this layer, of one image."""
