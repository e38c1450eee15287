"""Base of STRIDED_COPY and INDEXED_COPY: copies of the first input, controlled by constant inputs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import Operator
from scons_tinyml.stages.graph.families.moving.loops import check_moved
from scons_tinyml.stages.graph.families.tensors import check_counts, check_integers, check_shape
from scons_tinyml.stages.graph.ir import LayerView, Tensor, TensorType


class Copying(Operator):
    """An operator that copies its first input. Its other inputs are constants that control the copy."""

    types: ClassVar[tuple[TensorType, ...]]
    """Types that the operator's oracle supports."""

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names) or [
            problem
            for position in self.folded_inputs
            for problem in self._check_constant(view.input(position), self.input_names[position])
        ]
        return (
            problems
            or self._check_moved(view)
            or self._check_options(view)
            or check_shape(view.output(), "output", self._output_shape(view))
            or self._check_axes(view)
        )

    def _check_constant(self, constant: Tensor, role: str) -> list[str]:
        """Return problems with the input `role`, one of the constants."""
        return check_integers(constant, role)

    def _check_moved(self, view: LayerView) -> list[str]:
        """Return problems with the types and scales of the first input and the output."""
        return check_moved(view.input(0), view.output(), self.types)

    @abstractmethod
    def _check_options(self, view: LayerView) -> list[str]:
        """Return problems with options and constants; checked before the methods below are called."""

    @abstractmethod
    def _output_shape(self, view: LayerView) -> Sequence[int]:
        """Return the shape of the output, from options and constants."""

    @abstractmethod
    def _check_axes(self, view: LayerView) -> list[str]:
        """Return a problem when the layer needs more or larger loops than kernels support."""

    def number_type(self, view: LayerView) -> NumberType | None:  # noqa: ARG002
        """Return 'any', as kernels do not look at the values."""
        return "any"

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0
