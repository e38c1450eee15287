"""Measurements as an artefact, `measurements.json`: candidates of every layer that has a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scons_tinyml.records.typed import from_values
from scons_tinyml.stages.files import read_record
from scons_tinyml.stages.plan.assign import Candidate

SCHEMA_VERSION = 2


def measurements_to_json(measured: Mapping[int, Sequence[Candidate]]) -> dict[str, Any]:
    """Return the candidates by layer index in types that JSON has."""
    layers = {str(layer): [asdict(candidate) for candidate in found] for layer, found in measured.items()}
    return {"schema_version": SCHEMA_VERSION, "layers": layers}


def measurements_from_json(table: Mapping[str, Any]) -> dict[int, tuple[Candidate, ...]]:
    """Return the candidates in `table`, a result of `measurements_to_json`. Raises LookupError, ValueError."""
    return from_values(dict[int, tuple[Candidate, ...]], table["layers"])


def read_measurements(path: Path) -> dict[int, tuple[Candidate, ...]]:
    """Return the candidates in `path`. Raises InputError when there are none."""
    return read_record(path, measurements_from_json)
