"""Base of signal operators: custom operators that TensorFlow Lite Micro registers, with a state in some of them.

TensorFlow Lite Micro keeps the state inside of the operator. Here it is a tensor, the last input of the layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CArray, CStruct, Operator
from scons_tinyml.stages.graph.families.tensors import check_present, check_rank
from scons_tinyml.stages.graph.ir import LayerView, Tensor, TensorType

_RANK_ANY = -1


class Signal(Operator):
    """An operator with tensors of given types and numbers of dimensions; its kernels have the input's type."""

    types: ClassVar[tuple[NumberType, ...]] = ("int16",)
    """Types of the first input that have kernels."""

    inputs: ClassVar[tuple[tuple[TensorType | None, int], ...]] = ()
    """Type and rank of each input without the state; None for that of the first input, -1 for any rank."""

    outputs: ClassVar[tuple[tuple[str, TensorType | None, int], ...]] = ()
    """Name, type and rank of each output."""

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        if len(view.layer.outputs) != len(self.outputs):
            return [f"has {len(view.layer.outputs)} outputs, expected {len(self.outputs)}"]
        problems = check_present(view, self.input_names)
        return problems or self._check_types(view) or self._check_values(view)

    def _check_types(self, view: LayerView) -> list[str]:
        """Return problems with types and ranks. Tensors without a value are a problem too."""
        first = view.input(0).type
        if first not in self.types:
            return [f"input is {first}, expected {' or '.join(self.types)}"]
        problems: list[str] = []
        for place, (wanted, rank) in enumerate(self.inputs):
            problems += _check_tensor(view.input(place), self.input_names[place], wanted or first, rank)
        for place, (name, wanted, rank) in enumerate(self.outputs):
            problems += _check_tensor(view.output(place), name, wanted or first, rank)
        return problems

    def _check_values(self, view: LayerView) -> list[str]:  # noqa: ARG002
        """Return problems with options and shapes; called when all types and ranks are right."""
        return []

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return the type of the input, None when there is no kernel for it."""
        found = view.input(0).type
        return found if found in self.types and _fits(view.output(), self.outputs[0][1], found) else None

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_<operator>_<type>_params`."""
        fields: dict[str, int | float | CArray] = {**self.attributes(view), **self._tables(view)}
        return CStruct(f"tinyml_{self.name.lower()}_{self.number_type(view)}_params", fields)

    def _tables(self, view: LayerView) -> Mapping[str, CArray]:  # noqa: ARG002
        """Return the fields of the parameter struct that are constant arrays, after the attributes."""
        return {}


def rows(tensor: Tensor) -> int:
    """Return the number of rows of a tensor, along its last dimension."""
    return prod(tensor.shape[:-1])


def check_options(view: LayerView, ranges: Mapping[str, tuple[int, int]]) -> list[str]:
    """Return problems with options that are outside of their ranges."""
    found = {name: view.option_int(name) for name in ranges}
    return [
        f"{name} is {value}, expected {ranges[name][0]} to {ranges[name][1]}"
        for name, value in found.items()
        if not ranges[name][0] <= value <= ranges[name][1]
    ]


def check_sizes(tensors: Mapping[str, Tensor], sizes: Sequence[int]) -> list[str]:
    """Return problems with tensors that do not have the number of values of `sizes`."""
    return [
        f"{name} has {tensor.elements} values, expected {size}"
        for (name, tensor), size in zip(tensors.items(), sizes, strict=True)
        if tensor.elements != size
    ]


def _check_tensor(tensor: Tensor, name: str, wanted: TensorType, rank: int) -> list[str]:
    problems = [] if rank == _RANK_ANY else check_rank(tensor, name, rank)
    if tensor.type != wanted:
        problems.append(f"{name} is {tensor.type}, expected {wanted}")
    if rank == _RANK_ANY and not tensor.shape:
        problems.append(f"{name} is a scalar, expected a row of values")
    if 0 in tensor.shape:
        problems.append(f"{name} has the shape {list(tensor.shape)}, which holds no value")
    return problems


def _fits(tensor: Tensor, wanted: TensorType | None, first: TensorType) -> bool:
    return tensor.type == (wanted or first)
