"""The interface of an operator of the TensorFlow Lite schema, which is one file of `operators/`.

The file is named after the operator in lower case (`conv_2d.py` for CONV_2D) and ends with
`OPERATOR = Conv2D()`. No list names it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.ir import LayerView, TensorType


@dataclass(frozen=True)
class CArray:
    """A constant array that a parameter struct points to."""

    c_type: str
    values: tuple[int, ...] | tuple[float, ...]


@dataclass(frozen=True)
class CStruct:
    """Initializer of a parameter struct: designated fields in the order of the header."""

    c_type: str
    fields: Mapping[str, int | float | CArray]


class Operator(ABC):
    """Shape rules, work and C parameters of one operator."""

    name: ClassVar[str]
    """Name in the TensorFlow Lite schema, 'CONV_2D'."""

    layout_only: ClassVar[bool] = False
    """The output has the bytes of the input: the plan gives both one place, and no call is generated."""

    input_names: ClassVar[tuple[str, ...]] = ()
    """Roles of all inputs in the order of the schema, such as ('input', 'filter', 'bias'): they name the
    constants in the generated C, and those that a layer leaves out are passed as NULL."""

    folded_inputs: ClassVar[tuple[int, ...]] = ()
    """Positions of constant inputs that become parameters (an axis, a shape): kernels do not get them."""

    lists_inputs: ClassVar[bool] = False
    """A layer has any number of inputs: kernels get them as one array of pointers."""

    lists_outputs: ClassVar[bool] = False
    """A layer has any number of outputs: kernels get them as one array of pointers."""

    typed_input: ClassVar[int] = 0
    """Position of the input whose type is the type of the layer."""

    litert_types: ClassVar[tuple[TensorType, ...]] = ()
    """Types of `typed_input` that TensorFlow Lite Micro lacks; their oracle is LiteRT with its reference kernels."""

    @property
    def computes(self) -> str:
        """Name that kernels are declared for, and that names their header and their parameter struct.

        Operators that do the same work under several names share kernels and measured rows.
        """
        return self.name

    def computation(self, view: LayerView) -> str:  # noqa: ARG002
        """Name that the kernels of this layer are declared for; `computes` unless its types or shapes need another."""
        return self.computes

    @property
    def other_computations(self) -> tuple[str, ...]:
        """Names that `computation` returns beside `computes` for layers of some shapes, in any type."""
        return ()

    def folded(self, view: LayerView) -> tuple[int, ...]:  # noqa: ARG002
        """Positions of the inputs of this layer that become parameters; `folded_inputs` unless its types need more."""
        return self.folded_inputs

    @abstractmethod
    def check(self, view: LayerView) -> list[str]:
        """Problems of the layer, empty when it is valid: number of tensors, types, shapes, options.

        It is called before the other methods, which rely on it.
        """

    def aliases(self, view: LayerView) -> bool:  # noqa: ARG002
        """True when the layer leaves the bytes of its first input unchanged, as `layout_only` ones do."""
        return self.layout_only

    def input_limits(self, view: LayerView, position: int) -> tuple[int, int] | None:  # noqa: ARG002
        """Least and greatest valid number in the input at `position`, such as a position in a table.

        None where every value of the type is valid. Random samples stay within the limits.
        """
        return None

    def is_judged_by_litert(self, view: LayerView) -> bool:
        """True when the oracle of the layer is LiteRT, as TensorFlow Lite Micro does not run it in its types."""
        return view.input(self.typed_input).type in self.litert_types

    @abstractmethod
    def number_type(self, view: LayerView) -> NumberType | None:
        """Type of the kernels that can run the layer, None when no kernel has its mixture of types."""

    @abstractmethod
    def attributes(self, view: LayerView) -> dict[str, int]:
        """Numbers that a kernel's cost or constraints can depend on, except values of tensors.

        Shapes, strides, padding, dilation, and flags such as `per_channel` as 0 or 1. These are the names
        that expressions in kernel declarations use and that the cost key is made of.
        """

    @abstractmethod
    def macs(self, view: LayerView) -> int:
        """Multiply-accumulates of one inference, 0 for operators that have none."""

    @abstractmethod
    def parameters(self, view: LayerView) -> CStruct:
        """The parameter struct of `kernels/include/tinyml/<computation>.h` for this layer."""
