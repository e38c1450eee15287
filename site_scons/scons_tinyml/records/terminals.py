"""Who reads a stream: a person at a terminal, or a file, a pipe or the log of a CI server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO


def is_pretty(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Return whether `stream` is a terminal with colours, and `environment` has no NO_COLOR and no CI."""
    plain_wanted = any(environment.get(name) for name in ("NO_COLOR", "CI"))
    return stream.isatty() and not plain_wanted and environment.get("TERM") != "dumb"
