"""One line about a finished build. This module imports little, because builds with nothing to do print the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scons_tinyml.records.input_limits import REPORT_BYTES
from scons_tinyml.records.json_text import read_json
from scons_tinyml.records.units import format_fraction, format_number
from scons_tinyml.records.visible import visible


def one_line(path: Path) -> str:
    """Return the report at `path` in one line: name, verdict, flash, RAM, latency and accuracy of each network."""
    report = read_json(path, most_bytes=REPORT_BYTES)
    parts = [f"flash {report['flash_bytes'] / 1024:.1f} KiB", f"RAM {report['ram_bytes'] / 1024:.1f} KiB"]
    if "networks" in report:
        name = report["firmware"]
        for network in report["networks"]:
            parts += [f"{network['name']}: {part}" for part in _of_network(network["report"])]
    else:
        name = f"{report['model']} ({report['quantization']})"
        parts += _of_network(report)
    return visible(f"{name} on {report['target']}: {report['verdict'].upper()}: {', '.join(parts)}")


def _of_network(report: dict[str, Any]) -> list[str]:
    metrics = (report["accuracy"], *report.get("metrics", ())) if report["accuracy"] else ()
    return [
        f"latency {report['latency_s']['value'] * 1e3:.2f} ms",
        *(
            f"{metric.get('name', 'accuracy').replace('_', ' ')} {_shown(metric)}"
            for metric in metrics
            if metric["deployed"] is not None
        ),
    ]


def _shown(metric: dict[str, Any]) -> str:
    value = metric["deployed"]
    return format_number(value) if metric.get("unit") == "number" else format_fraction(value)
