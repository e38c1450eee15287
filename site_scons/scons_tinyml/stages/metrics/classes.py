"""What metrics of classifications share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


def predicted(outputs: Array) -> Array:
    """Return the class with the highest output, the first of equals, of shape (samples,)."""
    found: Array = outputs.reshape(len(outputs), -1).argmax(axis=1)
    return found
