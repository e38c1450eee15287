"""Random layers of all operators that only move values."""

from __future__ import annotations

from support.copying_cases import COPIES
from support.image_cases import LOOKUPS, OTHERS, PADS, RESIZE_BILINEAR
from support.joining_cases import JOINS, SPLITS
from support.mover import Layers

MOVES: dict[str, Layers] = {
    **COPIES,
    **JOINS,
    **SPLITS,
    **LOOKUPS,
    **OTHERS,
    **PADS,
    "RESIZE_BILINEAR": RESIZE_BILINEAR,
}
"""Operators with kernels."""
