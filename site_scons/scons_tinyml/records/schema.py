"""JSON Schemas of the files that people write and read, by name."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from scons_tinyml.records.board import Board
from scons_tinyml.records.comparison import Comparison
from scons_tinyml.records.diagnosis import Diagnosis
from scons_tinyml.records.expected import ExpectedResults
from scons_tinyml.records.explanation import Explanation
from scons_tinyml.records.explored import Explored
from scons_tinyml.records.export import Export
from scons_tinyml.records.firmware_comparison import FirmwareComparison
from scons_tinyml.records.firmware_report import FirmwareReport
from scons_tinyml.records.frontier import Frontier
from scons_tinyml.records.history import HistoryLine
from scons_tinyml.records.kernel import Kernel, KernelSet
from scons_tinyml.records.matrix import Matrix
from scons_tinyml.records.model import Model
from scons_tinyml.records.placements import Placements
from scons_tinyml.records.quality import Judged, Quality
from scons_tinyml.records.report import Report
from scons_tinyml.records.toml_file import FileRecord
from scons_tinyml.records.why import Why

DIALECT = "https://json-schema.org/draft/2020-12/schema"

RECORDS: dict[str, type[BaseModel]] = {
    "board": Board,
    "model": Model,
    "kernel": Kernel,
    "kernel-set": KernelSet,
    "expected-results": ExpectedResults,
    "report": Report,
    "firmware-report": FirmwareReport,
    "matrix": Matrix,
    "quality": Quality,
    "judged": Judged,
    "diagnosis": Diagnosis,
    "frontier": Frontier,
    "why": Why,
    "explanation": Explanation,
    "placements": Placements,
    "export": Export,
    "comparison": Comparison,
    "firmware-comparison": FirmwareComparison,
    "history": HistoryLine,
    "explored": Explored,
}


def json_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of the record called `name`, a key of RECORDS.

    The name of a file record is the name of its file, so the schema has no key for it. All others are
    written by this program alone, so every key is required.
    """
    record = RECORDS[name]
    is_written = not issubclass(record, FileRecord)
    schema = record.model_json_schema(by_alias=True, mode="serialization" if is_written else "validation")
    if not is_written:
        schema["properties"].pop("name")
        schema["required"].remove("name")
    return {"$schema": DIALECT, **schema}


def schema_file_name(name: str) -> str:
    """Return the name of the file that `tinyml schema` writes, as `$schema` lines refer to it."""
    return f"{name}.schema.json"
