"""Variants of implementations whose weights are in RAM, which start-up code fills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from scons_tinyml.stages.lowering.implementation import Argument, ConstantData, Implementation, Lowered

SUFFIX = "ram"
"""Ends the names of these variants: 'cmsis_nn/conv_2d_int8.ram'."""
_LEAST_BYTES = 128
"""Fewer bytes are not worth a measurement."""


def with_ram_constants(lowered: Iterable[Lowered]) -> tuple[Lowered, ...]:
    """Return `lowered`, and behind it a variant of each implementation with constants to read."""
    items = tuple(lowered)
    return (*items, *(variant for item in items for variant in _variants(item)))


def _variants(item: Lowered) -> Iterator[Implementation]:
    if not isinstance(item, Implementation) or item.reads_constants_once or item.uses_ram_constants:
        return
    if sum(len(found.data) for found in item.constants) >= _LEAST_BYTES:
        yield replace(
            item,
            name=f"{item.name}.{SUFFIX}",
            arguments=tuple(map(_in_ram, item.arguments)),
            variant_of=item.base,
        )


def _in_ram(argument: Argument) -> Argument:
    return replace(argument, in_ram=True) if isinstance(argument, ConstantData) else argument
