"""Findings as SARIF 2.1.0 (OASIS standard), which code scanning shows at the line that set the limit.

A finding without such a line, as a limit of the command line has none, is located in the report: servers refuse results
without a file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from scons_tinyml.records.report import RESOURCES, Finding
from scons_tinyml.records.visible import visible
from scons_tinyml.reports.lines import finding_lines, title_line
from scons_tinyml.reports.view import View

FILE_NAME = "report.sarif"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RULES = {
    **{name: f"The {title} keeps its limit." for name, title in RESOURCES.items()},
    "region": "Each region of memory holds what lies in it.",
    "agreement": "The sum of the cycles of the layers is that of the whole run.",
    "evidence": "Cycles of boards are within the error band of the emulator.",
    "bit_exactness": "The output is that of the oracle.",
}
_OTHER_RULE = "The metric keeps its limit."
_ROOT = "%SRCROOT%"


def render(view: View, width: int) -> str:  # noqa: ARG001 - JSON has no lines
    """Return a log with one run, whose results are the findings of `view`."""
    kinds = list(dict.fromkeys(finding.kind for finding in view.findings))
    headline = view.headline
    run = {
        "tool": {
            "driver": {
                "name": "scons-tinyml",
                "version": visible(view.version),
                "rules": [_rule(kind) for kind in kinds],
            }
        },
        "automationDetails": {"id": visible(f"tinyml/{headline.target}/{headline.model}/")},
        "columnKind": "unicodeCodePoints",
        "results": [_result(view, finding, kinds.index(finding.kind)) for finding in view.findings],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(kind: str) -> dict[str, Any]:
    return {"id": visible(kind), "shortDescription": {"text": _RULES.get(kind, _OTHER_RULE)}}


def _result(view: View, finding: Finding, rule: int) -> dict[str, Any]:
    subject = title_line(view.headline)
    lines = "\n".join(finding_lines(finding))
    identity = "\0".join((finding.kind, view.headline.target, view.headline.model, finding.region or ""))
    return {
        "ruleId": visible(finding.kind),
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": f"{subject}: {lines}"},
        "locations": [
            {"physicalLocation": _file(view, finding), "logicalLocations": list(_layers(view, finding))}
        ],
        "partialFingerprints": {"tinymlFinding/v1": sha256(identity.encode(errors="replace")).hexdigest()},
    }


def _file(view: View, finding: Finding) -> dict[str, Any]:
    place = view.place_of(finding)
    file = place.file if place else str(view.path)
    region = {"region": {"startLine": place.line}} if place else {}
    uri = quote(file, errors="replace")
    base = {} if file.startswith("/") else {"uriBaseId": _ROOT}
    return {"artifactLocation": {"uri": f"file://{uri}" if file.startswith("/") else uri, **base}, **region}


def _layers(view: View, finding: Finding) -> Iterator[dict[str, str]]:
    """Yield the layers and functions that contribute most to what `finding` is about."""
    for part in finding.heaviest:
        name = visible(part.name)
        kind = "layer" if "layer " in name else "function"
        yield {"name": name, "fullyQualifiedName": f"{visible(view.headline.model)}/{name}", "kind": kind}
