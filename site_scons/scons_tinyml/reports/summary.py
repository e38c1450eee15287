"""One line about a finished build. This module imports little, because builds with nothing to do print the line."""

from __future__ import annotations

from pathlib import Path

from scons_tinyml.records.input_limits import REPORT_BYTES
from scons_tinyml.records.json_text import read_json


def one_line(path: Path) -> str:
    """Return the report at `path` in one line: name, verdict, flash, RAM, latency, accuracy."""
    report = read_json(path, most_bytes=REPORT_BYTES)
    parts = [
        f"flash {report['flash_bytes'] / 1024:.1f} KiB",
        f"RAM {report['ram_bytes'] / 1024:.1f} KiB",
        f"latency {report['latency_s']['value'] * 1e3:.2f} ms",
    ]
    accuracy = report["accuracy"]
    if accuracy and accuracy["deployed"] is not None:
        parts.append(f"accuracy {accuracy['deployed']:.4f}")
    name = f"{report['model']} ({report['quantization']}) on {report['target']}"
    return f"{name}: {report['verdict'].upper()}: {', '.join(parts)}"
