"""Published times of one inference on a board, from the files of the benchmark's runner."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median

from scons_tinyml.records.errors import InputError
from scons_tinyml.validation.checkout import PublishedImage

_RUN = re.compile(r"m-infer-start-(\d+)\D.*?m-lap-us-(\d+).*?m-lap-us-(\d+)", re.DOTALL)
_THROUGHPUT = re.compile(r"Median throughput is\s+([\d.]+)\s+inf")
_MICROSECONDS_WRAP = 1 << 32


def published_seconds(image: PublishedImage) -> float:
    """Return the seconds of one inference: the median of the runs in the log, else one over the median throughput.

    Laps come from a timer on the clock of the core. So their microseconds are cycles at the nominal clock, even if the
    oscillator is off. Raises InputError when neither was published.
    """
    laps = _runs(_text(image.log))
    if laps:
        return median(laps)
    throughput = _THROUGHPUT.search(_text(image.results))
    if throughput and float(throughput[1]):
        return 1 / float(throughput[1])
    raise InputError(
        "no time was published for the image",
        where=image.path,
        hint=f"looked for laps in {image.log} and for a median throughput in {image.results}",
    )


def _runs(log: str) -> list[float]:
    """Return the seconds of one inference in each run. The counter of microseconds may wrap around."""
    return [
        (int(last) - int(first)) % _MICROSECONDS_WRAP / int(iterations) / 1e6
        for iterations, first, last in _RUN.findall(log)
        if int(iterations)
    ]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
