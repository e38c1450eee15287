"""Rewrite of a network so that some of its layers run patch by patch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from scons_tinyml.stages.graph.families.windows.axis import WindowAxis
from scons_tinyml.stages.graph.families.windows.geometry import EXPLICIT
from scons_tinyml.stages.graph.ir import Graph, Layer, OptionValue, with_layers
from scons_tinyml.stages.graph.operators import find_operator
from scons_tinyml.stages.graph.patches.regions import PATCH, Region, activation_inputs
from scons_tinyml.stages.graph.patches.rows import Rows, RowsRead, rows_read, whole

ALIGNMENT_BYTES = 16
_ROWS = ", rows "
"""Kernels rely on it for the address of each activation."""


def split(graph: Graph, region: Region, rows: int) -> Graph | None:
    """Return `graph` with `region` in patches of `rows` rows of its target, None where they do not start aligned.

    Outputs stay equal: each layer of a patch computes rows of the whole image's layer, from the same rows with the
    same padding. What a patch needs of its neighbours it computes again. So every tensor of a patch has the values of
    `file_rows` in the oracle's tensor, with which each layer is compared. Patches read rows of the source where it
    lies, and write rows of the target where it lies; nothing is copied.
    """
    height = graph.tensors[region.target].shape[1]
    made = _Splitting(graph, region)
    layers = [*graph.layers[: region.first]]
    for number, first in enumerate(range(0, height, rows)):
        patch = made.patch(number, Rows(first, min(first + rows, height)))
        if patch is None:
            return None
        layers += patch
    layers += graph.layers[region.last + 1 :]
    return replace(with_layers(replace(graph, tensors=tuple(made.tensors)), layers), notes=graph.notes)


@dataclass
class _Splitting:
    graph: Graph
    region: Region
    parts: dict[tuple[int, Rows], int] = field(default_factory=dict)
    """Tensors of rows of another one, by its index."""
    is_aligned: bool = True
    """False when one of them does not start at an address that kernels take."""

    def __post_init__(self) -> None:
        self.tensors = list(self.graph.tensors)
        self.layers = self.graph.layers[self.region.first : self.region.last + 1]
        self.windows = {layer.index: self._window(layer) for layer in self.layers}

    def _window(self, layer: Layer) -> tuple[WindowAxis, WindowAxis]:
        operator = find_operator(layer.operator)
        window = operator.image_window(self.graph.view(layer)) if operator else None
        assert window is not None, "a region has only layers that take patches"
        return window

    def _read(self, layer: Layer, output: Rows) -> RowsRead:
        """Return what `layer` reads of each of its images for the rows `output`."""
        return rows_read(self.windows[layer.index][0], output)

    def patch(self, number: int, rows: Rows) -> list[Layer] | None:
        """Return the layers of the patch that makes `rows` of the target; None where rows are missing or unaligned."""
        needed = self._needed(rows)
        if needed is None or any(found.count < 1 for found in needed.values()):
            return None
        places = {index: self._place(index, found) for index, found in needed.items()}
        layers = [self._layer(layer, number, needed[layer.outputs[0]], places) for layer in self.layers]
        return layers if self.is_aligned else None

    def _needed(self, rows: Rows) -> dict[int, Rows] | None:
        """Return the rows of each image of the region that the patch of `rows` has to have, None for unread ones."""
        needed = {self.region.target: rows}
        for layer in reversed(self.layers):
            if layer.outputs[0] not in needed:
                return None
            read = self._read(layer, needed[layer.outputs[0]])
            for index in activation_inputs(self.graph, layer):
                needed[index] = needed.get(index, read.rows).with_others(read.rows)
        return needed

    def _place(self, index: int, rows: Rows) -> int:
        """Return the tensor that holds `rows` of the image `index`: part of it, or one of the patch alone."""
        if index in (self.region.source, self.region.target):
            return self._part(index, rows)
        return self._add(index, rows, None)

    def _part(self, holder: int, rows: Rows) -> int:
        """Return the tensor of `rows`, counted in the whole image, of the tensor `holder`."""
        held = self.tensors[holder].file_rows
        if rows == (Rows(*held) if held else whole(self.tensors[holder])):
            return holder
        if (holder, rows) not in self.parts:
            self.parts[holder, rows] = self._add(holder, rows, holder)
            above = rows.first - (held[0] if held else 0)
            row_bytes = self.tensors[holder].size_bytes // self.tensors[holder].shape[1]
            self.is_aligned &= above * row_bytes % ALIGNMENT_BYTES == 0
        return self.parts[holder, rows]

    def _add(self, like: int, rows: Rows, part_of: int | None) -> int:
        tensor = self.tensors[like]
        self.tensors.append(
            replace(
                tensor,
                index=len(self.tensors),
                name=f"{tensor.name.partition(_ROWS)[0]}{_ROWS}{rows.first} to {rows.end - 1}",
                shape=(1, rows.count, *tensor.shape[2:]),
                file_rows=(rows.first, rows.end),
                part_of=part_of,
            )
        )
        return len(self.tensors) - 1

    def _layer(self, layer: Layer, number: int, rows: Rows, places: dict[int, int]) -> Layer:
        read = self._read(layer, rows)
        own = {self.region.source: self.region.source}
        moved = {
            index: self._part(own.get(index, places[index]), read.rows)
            for index in activation_inputs(self.graph, layer)
        }
        return replace(
            layer,
            name=f"{layer.name}{PATCH}{number}",
            inputs=tuple(None if index is None else moved.get(index, index) for index in layer.inputs),
            outputs=(places[layer.outputs[0]],),
            options={**layer.options, **self._padding(layer, read)},
        )

    def _padding(self, layer: Layer, read: RowsRead) -> dict[str, OptionValue]:
        if "padding" not in layer.options:
            return {}
        columns = self.windows[layer.index][1]
        return {
            "padding": EXPLICIT,
            "padding_top": read.above,
            "padding_bottom": read.below,
            "padding_left": columns.padding_before,
            "padding_right": columns.padding_after,
        }
