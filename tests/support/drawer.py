"""Random tensors of any type and shape, with scales and values, for random layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from numpy.typing import NDArray

from scons_tinyml.stages.graph.ir import OptionValue, TensorType
from support.cases import INTEGER_RANGES, ZERO_POINTS, Case
from support.tflite_builder import NetworkBuilder

Array = NDArray[Any]

_MANY_VALUES = 2000


@dataclass
class Drawer:
    """Draws tensors and their values. Bulk values are random by a seed that hypothesis draws."""

    draw: DrawFn
    net: NetworkBuilder = field(default_factory=NetworkBuilder)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.draw(st.integers(0, 2**32 - 1)))

    def shape(self, most: int = 4) -> tuple[int, ...]:
        return tuple(self.draw(st.lists(st.integers(1, 5), min_size=1, max_size=most)))

    def shape_of_values(self, most: int = 4) -> tuple[int, ...]:
        """Draw a shape, or a row of many values: few values of 16 bits show a difference in rounding."""
        return self.shape(most) if self.draw(st.booleans()) else (_MANY_VALUES,)

    def repeated(self, shape: Sequence[int]) -> tuple[int, ...]:
        """Draw a shape that repeats to `shape`: some dimensions are 1, some leading ones are left out."""
        if self.draw(st.booleans()):
            return tuple(shape)
        kept = [1 if self.draw(st.booleans()) else length for length in shape]
        return tuple(kept[self.draw(st.integers(0, len(kept))) :])

    def tensor(self, shape: Sequence[int], type_name: TensorType, scale: float | None = None) -> int:
        """Add an activation. With a scale it has a zero point too, which is 0 for int16."""
        if scale is None or type_name not in INTEGER_RANGES:
            return self.net.activation(shape, type_name)
        low, high = INTEGER_RANGES[type_name]
        point = 0 if type_name == "int16" else self.draw(ZERO_POINTS) + (low + 128)
        assert low <= point <= high
        return self.net.activation(shape, type_name, scale=scale, zero_point=point)

    def like(self, source: int, shape: Sequence[int]) -> int:
        """Add an activation with the type and quantization of the tensor `source`."""
        found = self.net.finish([], []).tensors[source]
        if found.quantization is None:
            return self.net.activation(shape, found.type)
        scale, point = found.quantization.scales[0], found.quantization.zero_points[0]
        return self.net.activation(shape, found.type, scale=scale, zero_point=point)

    def values(self, shape: Sequence[int], type_name: TensorType) -> Array:
        """Draw integers of the whole range (int32 up to 10**6, int64 up to 10**12), or floats of several magnitudes."""
        if type_name == "float32":
            magnitudes = 10.0 ** self.random.uniform(-3, 1.2, shape)
            return np.asarray(self.random.choice([-1, 1], shape) * magnitudes, np.float32)
        most = 10**12 if type_name == "int64" else 10**6
        low, high = INTEGER_RANGES.get(type_name, (-most, most))
        if type_name == "bool":
            low, high = 0, 1
        return np.asarray(self.random.integers(low, high + 1, shape), type_name)

    def case(
        self,
        operator: str,
        inputs: Sequence[int],
        output: int,
        values: Sequence[Array],
        **options: OptionValue,
    ) -> Case:
        """Return the layer with values for `inputs`; those after the first may be constants."""
        named = list(inputs)
        self.net.layer(operator, named, [output], **options)
        return Case(self.net.finish(named, [output]), tuple(values))
