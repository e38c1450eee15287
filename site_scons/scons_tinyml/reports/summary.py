"""One line about a finished build. This module imports little, because builds with nothing to do print the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scons_tinyml.records.input_limits import REPORT_BYTES
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.units import format_fraction, format_number
from scons_tinyml.records.visible import visible


def one_line(path: Path) -> str:
    """Return the report at `path` in one line: name, verdict, flash, RAM, latency, accuracy."""
    report = read_json(path, most_bytes=REPORT_BYTES)
    parts = [
        f"flash {report['flash_bytes'] / 1024:.1f} KiB",
        f"RAM {report['ram_bytes'] / 1024:.1f} KiB",
        f"latency {report['latency_s']['value'] * 1e3:.2f} ms",
    ]
    metrics = (report["accuracy"], *report.get("metrics", ())) if report["accuracy"] else ()
    parts += [
        f"{metric.get('name', 'accuracy').replace('_', ' ')} {_shown(metric)}"
        for metric in metrics
        if metric["deployed"] is not None
    ]
    name = f"{report['model']} ({report['quantization']}) on {report['target']}"
    return visible(f"{name}: {report['verdict'].upper()}: {', '.join(parts)}")


def _shown(metric: dict[str, Any]) -> str:
    value = metric["deployed"]
    return format_number(value) if metric.get("unit") == "number" else format_fraction(value)
