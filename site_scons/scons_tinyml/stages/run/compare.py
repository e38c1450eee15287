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

    `max_ulps` counts float32 values between the two results, and stays 0 for integer types. With a tolerance it is that
    of the worst value, in steps for integers, and `tolerance_ulps` is what passes there.
    """

    differing_bytes: int
    max_ulps: int
    tolerance_ulps: int = 0

    @property
    def excess(self) -> int:
        """Ulps or steps above the tolerance; negative below it."""
        return self.max_ulps - self.tolerance_ulps

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


def worst(actual: bytes, expected: bytes, bound: npt.NDArray[np.float64], element_type: str) -> Difference:
    """Return the difference of two tensors, with the value that is farthest above its `bound`, else the most different.

    `bound` has the largest absolute difference that passes, for each value. Integers and bool are counted in steps.
    """
    import numpy as np

    found = difference(actual, expected, element_type)
    if found.differing_bytes == 0:
        return found
    if element_type == "float32":
        apart = np.abs(_float_order(actual) - _float_order(expected))
        values = np.frombuffer(expected, np.float32).astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            ends = [
                _float_order((values + sign * bound.reshape(-1)).astype(np.float32).tobytes())
                for sign in (-1, 1)
            ]
        allowed = np.max([np.abs(end - _float_order(expected)) for end in ends], axis=0)
    else:
        kind = np.dtype(element_type)
        apart = np.abs(
            np.frombuffer(actual, kind).astype(np.int64) - np.frombuffer(expected, kind).astype(np.int64)
        )
        allowed = bound.reshape(-1).astype(np.int64)
    at = (
        int(np.lexsort((apart, apart - allowed, apart > allowed))[-1])
        if (apart > allowed).any()
        else int(apart.argmax())
    )
    return Difference(found.differing_bytes, int(apart[at]), int(allowed[at]))


def _float_order(data: bytes) -> npt.NDArray[np.int64]:
    """Return integers in the order of the float32 values in `data`; neighbouring floats differ by one."""
    import numpy as np

    bits = np.frombuffer(data, np.int32).astype(np.int64)
    return np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)
