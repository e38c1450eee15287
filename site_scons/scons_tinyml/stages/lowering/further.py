"""Offers that a build uses, `schedules.json`: a change of cycles alone leaves it unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scons_tinyml.records.typed import from_values
from scons_tinyml.stages.files import read_record
from scons_tinyml.stages.lowering.lower import Further


def further_to_json(taken: Iterable[tuple[int, str]]) -> dict[str, Any]:
    """Return the layers and names of `taken` in types that JSON has."""
    layers: dict[str, list[str]] = {}
    for layer, name in sorted(taken):
        layers.setdefault(str(layer), []).append(name)
    return {"layers": layers}


def read_further(path: Path) -> Further:
    """Return the names of the offers in `path` by layer. Raises InputError when there are none."""
    return read_record(path, _from_json)


def _from_json(table: Mapping[str, Any]) -> dict[int, tuple[str, ...]]:
    return from_values(dict[int, tuple[str, ...]], table["layers"])
