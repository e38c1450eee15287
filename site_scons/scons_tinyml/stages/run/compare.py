"""Compare the output of the image with that of the oracle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Difference:
    """Difference of two equally long byte strings: 0 and 0 when they are identical.

    `max_ulps` counts float32 values between the two results, and stays 0 for integer types.
    """

    differing_bytes: int
    max_ulps: int

    def within(self, ulps: int) -> bool:
        """Return True for identical results, or float32 results at most `ulps` apart."""
        return self.differing_bytes == 0 or 0 < self.max_ulps <= ulps


def difference(actual: bytes, expected: bytes, element_type: str) -> Difference:
    """Return the difference of two tensors of `element_type`, given as equally long little-endian bytes."""
    import numpy as np

    if len(actual) != len(expected):
        raise ValueError(f"{len(actual)} bytes are compared with {len(expected)}")
    differing = int(np.count_nonzero(np.frombuffer(actual, np.uint8) != np.frombuffer(expected, np.uint8)))
    if differing == 0 or element_type != "float32":
        return Difference(differing, 0)
    return Difference(differing, int(np.abs(_float_order(actual) - _float_order(expected)).max()))


def _float_order(data: bytes) -> npt.NDArray[np.int64]:
    """Return integers in the order of the float32 values in `data`; neighbouring floats differ by one."""
    import numpy as np

    bits = np.frombuffer(data, np.int32).astype(np.int64)
    return np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)
