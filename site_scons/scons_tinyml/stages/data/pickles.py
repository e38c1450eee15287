"""Read a pickled numpy array without running other code in the pickle.

A pickle is a program: it may name any function and call it. Here it may only use the three names that an
array of numbers needs, and the result must be such an array.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    NumberArray = npt.NDArray[np.number[Any]]

_RECONSTRUCT_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray")
"""Modules of the function that makes an empty array, in numpy 1 and in numpy 2."""


class PickleError(Exception):
    """The data is damaged, or is not one array of numbers."""


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Callable[..., object]:
        import numpy as np

        if module == "numpy" and name == "ndarray":
            return np.ndarray
        if module == "numpy" and name == "dtype":
            return np.dtype
        if module in _RECONSTRUCT_MODULES and name == "_reconstruct":
            return _empty_array
        raise PickleError(f"it names {module}.{name}, which no array of numbers needs")


def _empty_array(*_: object) -> NumberArray:
    """Replaces numpy's `_reconstruct(ndarray, (0,), b'b')`; the pickle then sets shape, type and data."""
    import numpy as np

    return np.ndarray((0,), np.int8)


def read_array(data: bytes) -> NumberArray:
    """Return the one array of numbers in the pickle `data`. Raises PickleError for anything else."""
    import numpy as np

    try:
        value = _ArrayUnpickler(io.BytesIO(data)).load()
    except PickleError:
        raise
    except Exception as error:  # a damaged pickle raises nearly any exception
        raise PickleError(f"it is no pickle that can be read ({error})") from None
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iuf":
        raise PickleError(f"it holds {type(value).__name__}, not an array of numbers")
    return value
