"""`report.json` on disk, validated against the published schema before it is written."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from scons_tinyml.records.errors import InputError, InternalError
from scons_tinyml.records.firmware_report import FirmwareReport
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import REPORT_BYTES, REPORT_VALUES, SHOWN_CHARACTERS
from scons_tinyml.records.json_text import parse_json
from scons_tinyml.records.names import shorten
from scons_tinyml.records.report import Report
from scons_tinyml.records.schema import json_schema
from scons_tinyml.stages.files import write_json

Judged = Report | FirmwareReport
"""Report of an image: of one network, or of a firmware with several networks or sources of its users."""


def write_report(report: Judged, path: Path) -> None:
    """Write `report`. Raises InternalError and writes nothing if it violates its own schema."""
    import jsonschema  # type: ignore[import-untyped]

    values = report.model_dump(mode="json", by_alias=True)
    name = "report" if isinstance(report, Report) else "firmware-report"
    validator = jsonschema.Draft202012Validator(json_schema(name))
    for error in validator.iter_errors(values):
        raise InternalError(f"the report does not follow its schema: {error.message}", key=error.json_path)
    write_json(path, values)


def read_report(path: Path) -> Report:
    """Return the report of one network in `path`. Raises InputError when it is missing or has another version."""
    report = read_judged(path)
    if isinstance(report, FirmwareReport):
        raise InputError("is the report of a firmware of several networks, not of one", where=path)
    return report


def report_bytes(path: Path) -> bytes:
    """Return the content of the file `path`. Raises OSError, and InputError above the limit of reports."""
    return read_input(path, REPORT_BYTES)


def read_judged(path: Path) -> Judged:
    """Return the report in `path`. Raises InputError when it is missing or has another version."""
    try:
        values = parse_json(read_input(path, REPORT_BYTES), most_values=REPORT_VALUES)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path) from None
    except ValueError as error:
        raise InputError(f"is not JSON: {error}", where=path) from None
    try:
        is_firmware = isinstance(values, dict) and "networks" in values
        return (FirmwareReport if is_firmware else Report).model_validate(values)
    except ValidationError as error:
        problem = error.errors()[0]
        if not isinstance(values, dict) or "findings" not in values:
            hint = "a build writes report.json once it has judged an image"
            raise InputError("is not a report: it has no findings", where=path, hint=hint) from None
        key = shorten(".".join(map(str, problem["loc"])), SHOWN_CHARACTERS)
        raise InputError(
            f"is not a report of this version: {problem['msg']}",
            where=path,
            key=key or None,
            hint="build again to have it rewritten",
        ) from None
