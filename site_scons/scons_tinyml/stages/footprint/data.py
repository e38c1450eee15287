"""Bytes of constants by layer and implementation: arrays in the layout of each, parameters, lists of addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scons_tinyml.stages.codegen.constants import parameter_data
from scons_tinyml.stages.codegen.generate import ALIGNMENT_BYTES
from scons_tinyml.stages.graph.families.base import CArray
from scons_tinyml.stages.lowering.implementation import (
    ConstantData,
    Implementation,
    Listed,
    Parameters,
)
from scons_tinyml.stages.plan.footprint import Part
from scons_tinyml.stages.plan.lifetimes import round_up

WORD_BYTES = 4
"""Bytes of an address, and of a field of a parameter struct."""


@dataclass(frozen=True)
class DataParts:
    """Constants that only some of the implementations of a layer need."""

    parts: Mapping[str, Part]
    layers: Mapping[int, Mapping[str, tuple[str, ...]]]
    """Names of parts by layer and implementation; layers whose implementations need the same are left out."""
    flash_bytes: int
    ram_bytes: int
    """RAM of the parts that the first implementation of every layer needs."""


def data_parts(usable: Mapping[int, Sequence[Implementation]]) -> DataParts:
    """Return the constants of the implementations `usable` by layer, without those that every image has."""
    needed = {
        layer: {item.name: dict(_parts(layer, item)) for item in items} for layer, items in usable.items()
    }
    always = {name for options in needed.values() for name in set.intersection(*map(set, options.values()))}
    parts = {
        name: part
        for options in needed.values()
        for found in options.values()
        for name, part in found.items()
        if name not in always
    }
    layers = {
        layer: {option: tuple(name for name in found if name in parts) for option, found in options.items()}
        for layer, options in needed.items()
    }
    first = {name for options in layers.values() for name in next(iter(options.values()))}
    return DataParts(
        parts=parts,
        layers={layer: options for layer, options in layers.items() if any(options.values())},
        flash_bytes=sum(parts[name].flash_bytes for name in first),
        ram_bytes=sum(parts[name].ram_bytes for name in first),
    )


def _parts(layer: int, item: Implementation) -> Iterator[tuple[str, Part]]:
    """Yield parts by name.

    Arrays are named by content, as equal ones share memory; structs and lists by layer.
    """
    for argument in item.arguments:
        if isinstance(argument, Parameters):
            size = WORD_BYTES * len(argument.struct.fields)
            yield f"parameters of layer {layer}: {argument.struct.c_type}", Part(size, 0, is_data=True)
        if isinstance(argument, Listed):
            size = WORD_BYTES * len(argument.addresses)
            yield f"{argument.role} of layer {layer}: {size} bytes", Part(size, 0, is_data=True)
    for array in _arrays(item):
        size = round_up(len(array.data), ALIGNMENT_BYTES)
        digest = hashlib.sha256(array.data).hexdigest()[:16]
        place = "RAM" if array.in_ram else "flash"
        part = Part(size, size if array.in_ram else 0, is_data=True)
        yield f"{array.c_type} in {place}: {len(array.data)} bytes, {digest}", part


def _arrays(item: Implementation) -> Iterator[ConstantData]:
    yield from item.constants
    for argument in item.arguments:
        if isinstance(argument, Parameters):
            for name, value in argument.struct.fields.items():
                if isinstance(value, CArray):
                    yield parameter_data(value, name)
