"""Reports, in all formats, and as the line that ends a build."""

import json

from fuzz.files import in_file
from fuzz.tokens import JSON
from scons_tinyml.records.errors import TinymlError
from scons_tinyml.reports.formats import find_format, formats
from scons_tinyml.reports.of_report import view_of
from scons_tinyml.stages.gate.report_file import read_report
from support.reports import REPORT

TOKENS = (*JSON, b'"fail"')


def seeds() -> list[bytes]:
    values = REPORT.model_dump(mode="json", by_alias=True)
    short = {**values, "layers": [], "regions": [], "accuracy": None, "remedies": None}
    return [json.dumps(content).encode() for content in (values, short)]


def execute(data: bytes) -> None:
    path = in_file(data, "report.json")
    try:
        report = read_report(path)
    except TinymlError:
        return
    for name in formats():
        find_format(name).render(view_of(report, path), 80)
