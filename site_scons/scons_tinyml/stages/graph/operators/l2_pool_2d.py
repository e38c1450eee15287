"""L2_POOL_2D: root of the mean square of each window over the pixels that lie inside of the image."""

from __future__ import annotations

from typing import ClassVar

from scons_tinyml.records.kernel import NumberType
from scons_tinyml.stages.graph.families.tensors import one_type
from scons_tinyml.stages.graph.families.windows.pooling import Pooling
from scons_tinyml.stages.graph.ir import LayerView


class L2Pool2D(Pooling):
    """Only float32, as in both oracles."""

    name = "L2_POOL_2D"
    types: ClassVar[tuple[NumberType, ...]] = ("float32",)

    def number_type(self, view: LayerView) -> NumberType | None:
        """Return float32, None for other types."""
        return one_type(self.types, view.input(0), view.output())


OPERATOR = L2Pool2D()
