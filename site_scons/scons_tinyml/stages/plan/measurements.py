"""Measurements as an artefact, `measurements.json`: candidates of every layer that has a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.trust import PackOrigin
from scons_tinyml.stages.files import read_json
from scons_tinyml.stages.plan.assign import Candidate, Measurement, Source

SCHEMA_VERSION = 2


def measurements_to_json(measured: Mapping[int, Sequence[Candidate]]) -> dict[str, Any]:
    """Candidates by layer index in types that JSON has."""
    layers = {str(layer): [asdict(candidate) for candidate in found] for layer, found in measured.items()}
    return {"schema_version": SCHEMA_VERSION, "layers": layers}


def measurements_from_json(table: Mapping[str, Any]) -> dict[int, tuple[Candidate, ...]]:
    """The inverse of `measurements_to_json`."""
    layers = table["layers"].items()
    return {int(layer): tuple(_candidate(values) for values in found) for layer, found in layers}


def read_measurements(path: Path) -> dict[int, tuple[Candidate, ...]]:
    """The candidates in `path`. Raises RecordError when there are none."""
    try:
        return measurements_from_json(read_json(path))
    except OSError as error:
        raise RecordError(error.strerror or str(error), where=path) from None
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise RecordError(f"is not what was measured: {error!r}", where=path) from None


def _candidate(values: Mapping[str, Any]) -> Candidate:
    source, other = values["source"], values["other"]
    return Candidate(
        **{**values, "source": source and _source(source), "other": other and _measurement(other)}
    )


def _measurement(values: Mapping[str, Any]) -> Measurement:
    return Measurement(values["cycles"], _source(values["source"]))


def _source(values: Mapping[str, Any]) -> Source:
    pack = values["pack"]
    return Source(**{**values, "pack": pack and PackOrigin(**pack)})
