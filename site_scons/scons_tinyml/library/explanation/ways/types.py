"""The network in int8, where this build has other types."""

from __future__ import annotations

from collections.abc import Iterator

from scons_tinyml.library.explanation.ways import Case
from scons_tinyml.records.explanation import NotMeasured, WayOut
from scons_tinyml.records.report import Report, format_value

ORDER = 12


def ways(case: Case) -> Iterator[WayOut | NotMeasured]:
    """Yield the int8 version, with its figures where it was built too."""
    if case.results.report.quantization == "int8":
        return
    other = case.results.beside.other
    command = " ".join(word for word in case.build.split() if not word.startswith("quantize="))
    command = f"{command} quantize=int8"
    if other is None or other.quantization != "int8":
        yield NotMeasured(change="the int8 version", command=command)
        return
    yield case.way(
        "types",
        f"quantize=int8{_accuracy(other)}",
        command,
        f"the report of the int8 version, {other.latency_s.measured_by}",
        flash_bytes=other.flash_bytes,
        ram_bytes=other.ram_bytes,
        latency_s=other.latency_s.high,
    )


def _accuracy(other: Report) -> str:
    metric = other.accuracy
    if metric is None or metric.drop is None:
        return ""
    return f": {metric.name} is worse by {format_value(metric.unit, metric.drop)}"
