"""Base of all records of a report."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ReportRecord(BaseModel):
    """Base of all parts: frozen, without unknown keys, with numbers that JSON can hold."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        defer_build=True,
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
    )
