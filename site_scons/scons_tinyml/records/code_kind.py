"""Kinds of code that take their cycles from different parts of a chip, and are compared with hardware one by one."""

from __future__ import annotations

from enum import StrEnum


class CodeKind(StrEnum):
    """Kind of a layer, or of a program whose cycles were measured on a board."""

    INTEGER = "integer, weights in flash"
    """Weights, or other constants, that are read several times or hardly matter."""
    READ_ONCE = "integer, weights read once"
    """Weights in flash, each of which is read once in an inference: one or more streams of data."""
    RAM = "integer, weights in RAM"
    """Weights, or most operands, in RAM."""
    FLOAT = "floating point"
    """Floating point, by the unit of the core or in software, wherever the weights are."""
