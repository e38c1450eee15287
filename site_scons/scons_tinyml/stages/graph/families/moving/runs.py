"""Base of operators that join tensors along an axis, or divide a tensor.

Along the axis, each part consists of dense runs of bytes. The whole tensor takes a run of each part in turn.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from math import prod
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray, CStruct, Operator
from scons_tinyml.stages.graph.families.moving.loops import check_moved, unit_bytes
from scons_tinyml.stages.graph.families.tensors import check_shape
from scons_tinyml.stages.graph.ir import LayerView, Tensor, TensorType


class Runs(Operator):
    """An operator between one whole tensor and any number of its parts."""

    types: ClassVar[tuple[TensorType, ...]]
    """Types that the operator's oracle supports."""

    stacked: ClassVar[bool] = False
    """True when parts lack the axis: each is one value of the whole along it."""

    part_role: ClassVar[str]
    """'input' or 'output'."""

    @abstractmethod
    def _whole(self, view: LayerView) -> Tensor: ...

    @abstractmethod
    def _parts(self, view: LayerView) -> Sequence[Tensor]: ...

    @abstractmethod
    def _given_axis(self, view: LayerView) -> int:
        """Return the axis as the layer gives it; a negative one counts from the last axis of the whole."""

    @abstractmethod
    def _check_tensors(self, view: LayerView) -> list[str]:
        """Return problems with the number of tensors, constants and options; checked first."""

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = self._check_tensors(view)
        if problems:
            return problems
        whole, axis = self._whole(view), self._given_axis(view)
        for position, part in enumerate(self._parts(view)):
            problems += check_moved(whole, part, self.types, ("the whole", f"{self.part_role} {position}"))
        if problems:
            return problems
        if not -len(whole.shape) <= axis < len(whole.shape):
            return [f"axis {axis} does not exist in a tensor of {len(whole.shape)} dimensions"]
        return self._check_shapes(view)

    def _check_shapes(self, view: LayerView) -> list[str]:
        whole, axis, total, problems = self._whole(view), self._axis(view), 0, []
        for position, part in enumerate(self._parts(view)):
            length = 1 if self.stacked or axis >= len(part.shape) else part.shape[axis]
            middle = () if self.stacked else (length,)
            expected = (*whole.shape[:axis], *middle, *whole.shape[axis + 1 :])
            problems += check_shape(part, f"{self.part_role} {position}", expected)
            total += length
        if not problems and total != whole.shape[axis]:
            problems.append(f"the parts have {total} values along axis {axis}, the whole {whole.shape[axis]}")
        return problems

    def _axis(self, view: LayerView) -> int:
        return self._given_axis(view) % len(self._whole(view).shape)

    def _run_bytes(self, view: LayerView) -> tuple[int, ...]:
        return tuple(part.size_bytes // self._run_count(view) for part in self._parts(view))

    def _run_count(self, view: LayerView) -> int:
        return prod(self._whole(view).shape[: self._axis(view)])

    def number_type(self, view: LayerView) -> NumberType | None:  # noqa: ARG002
        """Return 'any', as kernels do not look at the values."""
        return "any"

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return numbers of parts and runs, bytes of a unit that divides all runs, and of each part's run.

        Parts with runs as long as those of the part before are left out: there may be hundreds of parts.
        """
        sizes = self._run_bytes(view)
        changes = zip(sizes, (0, *sizes), strict=False)
        each = {f"run_bytes_{n}": size for n, (size, before) in enumerate(changes) if size != before}
        return {**self._counts(view), **each}

    def _counts(self, view: LayerView) -> dict[str, int]:
        sizes = self._run_bytes(view)
        return {
            "part_count": len(sizes),
            "run_count": self._run_count(view),
            "element_bytes": unit_bytes(*sizes),
        }

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_<computation>_any_params`."""
        sizes = CArray("int32_t", self._run_bytes(view))
        fields: dict[str, int | CArray] = {**self._counts(view), "run_bytes": sizes}
        return CStruct(f"tinyml_{self.computes.lower()}_any_params", fields)
