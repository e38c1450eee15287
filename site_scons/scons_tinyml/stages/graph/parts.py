"""Images that layers make, or read, in parts: which tensors have their values after each step."""

from __future__ import annotations

from collections.abc import Mapping

from scons_tinyml.stages.graph.ir import Graph


def parts_of(graph: Graph) -> Mapping[int, tuple[int, ...]]:
    """Return the tensors that lie in the place of another one, by that one's index."""
    found: dict[int, tuple[int, ...]] = {}
    for tensor in graph.tensors:
        if tensor.part_of is not None:
            found[tensor.part_of] = (*found.get(tensor.part_of, ()), tensor.index)
    return found


class Completion:
    """Follows a graph through its execution: rows of an image are made by several layers, or all by one."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._parts = parts_of(graph)
        self._rows: dict[int, set[int]] = {}

    def after(self, index: int) -> set[int]:
        """Return the tensors that have all their values once `index` has: itself, and those of the same rows."""
        holder = self._graph.holder(index).index
        if holder not in self._parts:
            return {index}
        made = self._rows.setdefault(holder, set())
        made.update(self._rows_of(index))
        return {one for one in (holder, *self._parts[holder]) if self._rows_of(one) <= made}

    def _rows_of(self, index: int) -> set[int]:
        tensor = self._graph.tensors[index]
        first, end = tensor.file_rows or (0, tensor.shape[1])
        return set(range(first, end))
