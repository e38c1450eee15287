"""SPACE_TO_BATCH_ND: images, padded with zeros, divided into a batch of smaller ones.

TensorFlow Lite Micro never sets the padding value: it is the byte 0 of fresh memory for any zero point.
LiteRT pads with the zero point, and is the oracle where that is another byte.
"""

from __future__ import annotations

from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.base import CStruct, Operator
from scons_tinyml.stages.graph.families.moving.blocks import blocks, check_blocks, image_shape
from scons_tinyml.stages.graph.families.moving.loops import check_moved, unit_bytes
from scons_tinyml.stages.graph.families.tensors import check_counts, check_integers, check_shape
from scons_tinyml.stages.graph.ir import ITEM_BYTES, LayerView, TensorType


class SpaceToBatchNd(Operator):
    """Image y * width + x of the output holds the pixels at (y, x) of all blocks."""

    name = "SPACE_TO_BATCH_ND"
    input_names = ("input", "block_shape", "paddings")
    types: ClassVar[tuple[TensorType, ...]] = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")
    litert_types = ("uint8", "int16", "int32", "int64", "bool")
    folded_inputs = (1, 2)

    def check(self, view: LayerView) -> list[str]:
        """Return the problems of the layer."""
        problems = check_counts(view, self.input_names) or [
            *check_integers(view.input(1), "block_shape"),
            *check_integers(view.input(2), "paddings"),
        ]
        problems = problems or check_moved(view.input(0), view.output(), self.types)
        return problems or check_blocks(view, "paddings") or self._check_shapes(view)

    @staticmethod
    def _check_shapes(view: LayerView) -> list[str]:
        found, (batch, height, width, channels) = blocks(view), image_shape(view.input(0))
        rows, columns = sum(found.rows) + height, sum(found.columns) + width
        if rows % found.height or columns % found.width:
            return [f"blocks of {found.height}x{found.width} do not divide {rows}x{columns} padded pixels"]
        smaller = [rows // found.height, columns // found.width][: len(view.input(0).shape) - 2]
        images = batch * found.height * found.width
        return check_shape(view.output(), "output", [images, *smaller, channels])

    def is_judged_by_litert(self, view: LayerView) -> bool:
        """Return True also for zero points other than 0."""
        return super().is_judged_by_litert(view) or _zero(view) != 0

    def number_type(self, view: LayerView) -> NumberType | None:  # noqa: ARG002
        """Return 'any', as kernels do not look at the values."""
        return "any"

    def attributes(self, view: LayerView) -> dict[str, int]:
        """Return shapes of images and blocks, padding, and bytes of a pixel and of a copied unit."""
        found, (batch, height, width, channels) = blocks(view), image_shape(view.input(0))
        _, rows, columns, _ = image_shape(view.output())
        pixel_bytes = channels * ITEM_BYTES[view.input(0).type]
        return {
            "input_batch": batch,
            "input_height": height,
            "input_width": width,
            "output_height": rows,
            "output_width": columns,
            "block_height": found.height,
            "block_width": found.width,
            "padding_top": found.rows[0],
            "padding_left": found.columns[0],
            "pixel_bytes": pixel_bytes,
            "element_bytes": unit_bytes(pixel_bytes),
        }

    def macs(self, view: LayerView) -> int:  # noqa: ARG002
        """Return 0: there are no multiply-accumulates."""
        return 0

    def parameters(self, view: LayerView) -> CStruct:
        """Return `tinyml_space_to_batch_nd_any_params`."""
        value = int.from_bytes(bytes([_zero(view) & 0xFF]) * 4, "little", signed=True)
        return CStruct("tinyml_space_to_batch_nd_any_params", {**self.attributes(view), "value": value})


def _zero(view: LayerView) -> int:
    """Return the integer for 0, which is 0 for types without a zero point."""
    found = view.output().quantization
    return found.zero_points[0] if found and view.output().type in ("int8", "uint8") else 0


OPERATOR = SpaceToBatchNd()
