"""What an operator is to a build: one file in this folder per operator of the TensorFlow Lite schema.

The file is named after the operator in lower case (`conv_2d.py` for CONV_2D) and ends with
`OPERATOR = Conv2D()`. Nothing else has to be told about it.
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
    """Output is the input's bytes unchanged: the plan aliases both and no call is generated."""

    input_names: ClassVar[tuple[str, ...]] = ()
    """Roles of all inputs in the order of the schema, such as ('input', 'filter', 'bias'): they name the
    constants in the generated C, and those that a layer leaves out are passed as NULL."""

    folded_inputs: ClassVar[tuple[int, ...]] = ()
    """Positions of constant inputs that become parameters (an axis, a shape): kernels do not get them."""

    lists_inputs: ClassVar[bool] = False
    """A layer has as many inputs as it likes: kernels get them as one array of pointers."""

    lists_outputs: ClassVar[bool] = False
    """The same for outputs."""

    typed_input: ClassVar[int] = 0
    """Position of the input whose type is that of the values which the layer works on."""

    litert_types: ClassVar[tuple[TensorType, ...]] = ()
    """Types of that input which TensorFlow Lite Micro lacks: LiteRT's reference kernels are the oracle of these."""

    @property
    def computes(self) -> str:
        """The operator that kernels are declared for, whose header and parameter struct they use.

        Operators that do the same work under several names share kernels and measured rows.
        """
        return self.name

    def computation(self, view: LayerView) -> str:  # noqa: ARG002
        """`computes` of this layer, for operators that do one work in one type and another in the next."""
        return self.computes

    @property
    def other_computations(self) -> tuple[str, ...]:
        """What `computation` answers beside `computes` because of a layer's shape, whatever its type."""
        return ()

    def folded(self, view: LayerView) -> tuple[int, ...]:  # noqa: ARG002
        """`folded_inputs` of this layer, for operators that fold more in one type than in the next."""
        return self.folded_inputs

    @abstractmethod
    def check(self, view: LayerView) -> list[str]:
        """What is wrong with the layer: tensor count, types, shapes that do not fit. Empty when valid.

        Called before anything else; the other methods may rely on what it checked.
        """

    def aliases(self, view: LayerView) -> bool:  # noqa: ARG002
        """This layer leaves the bytes of its first input unchanged, as all do whose operator is `layout_only`."""
        return self.layout_only

    def input_limits(self, view: LayerView, position: int) -> tuple[int, int] | None:  # noqa: ARG002
        """Least and greatest value that means something in an input of numbers, such as positions in a table.

        None where every value of the type does. Random samples keep to it.
        """
        return None

    def is_judged_by_litert(self, view: LayerView) -> bool:
        """TensorFlow Lite Micro does not run the layer in its types: its oracle is LiteRT."""
        return view.input(self.typed_input).type in self.litert_types

    @abstractmethod
    def number_type(self, view: LayerView) -> NumberType | None:
        """Type of the kernels that can run the layer, None when its mixture of types has none."""

    @abstractmethod
    def attributes(self, view: LayerView) -> dict[str, int]:
        """Everything that a kernel's cost or constraints can depend on, except values of tensors.

        Shapes, strides, padding, dilation, and flags such as `per_channel` as 0 or 1. These are the names
        that expressions in kernel declarations use and that the cost key is made of.
        """

    @abstractmethod
    def macs(self, view: LayerView) -> int:
        """Multiply-accumulates of one inference, 0 for operators that have none."""

    @abstractmethod
    def parameters(self, view: LayerView) -> CStruct:
        """The parameter struct of `kernels/include/tinyml/<computation>.h` for this layer."""
