"""Functions of float32 from the C library of this machine, with which the oracle computes its tables.

Rounding once from double precision would be more accurate, but then one network in a thousand has a table
with an entry that is off by one.
"""

from __future__ import annotations

import ctypes
from ctypes.util import find_library
from functools import cache
from typing import Any


def erfcf(x: float) -> float:
    """Return 1 - erf(x) of a float32."""
    return float(_function("erfcf")(x))


def tanhf(x: float) -> float:
    """Return tanh(x) of a float32."""
    return float(_function("tanhf")(x))


@cache
def _function(name: str) -> Any:
    found = getattr(ctypes.CDLL(find_library("m")), name)
    found.argtypes, found.restype = [ctypes.c_float], ctypes.c_float
    return found
