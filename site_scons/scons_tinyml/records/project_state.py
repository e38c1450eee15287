"""Commit, changes and build time of the project, as whoever builds says them.

Nothing here reads a clock or asks git, so that the same command makes the same report. Every build imports this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from scons_tinyml.records.errors import InputError

OPTIONS = ("commit", "dirty", "built")
EPOCH = "SOURCE_DATE_EPOCH"
"""Environment variable of reproducible-builds.org: `built=` in seconds since 1970."""
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_EXAMPLE = "2026-11-29T22:00:00Z"
_LATEST_EPOCH = 253_402_300_799
"""End of the year 9999."""
_SHOWN = 80


def project_text(options: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Return OPTIONS of a command line as one text: 'commit=78ad7a2 dirty=no built=2026-11-29T22:00:00Z'.

    EPOCH of the `environment` stands for a missing `built`. Text that is empty says nothing. Raises InputError.
    """
    given = {name: options[name] for name in OPTIONS if name in options}
    if EPOCH in environment and "built" not in given:
        given["built"] = time_of_epoch(environment[EPOCH])
    if "commit" in given and not _COMMIT.fullmatch(given["commit"]):
        raise _wrong("commit", given["commit"], "7 to 64 digits of 0 to 9, a to f")
    if given.get("dirty", "no") not in ("yes", "no"):
        raise _wrong("dirty", given["dirty"], "yes or no")
    if "dirty" in given and "commit" not in given:
        raise InputError(
            "is said of a commit",
            where="command line",
            key="dirty",
            hint="tinyml revision prints commit=, dirty= and built=",
        )
    if "built" in given and not is_time(given["built"]):
        raise _wrong("built", given["built"], f"a time in UTC such as {_EXAMPLE}")
    return " ".join(f"{name}={value}" for name, value in given.items())


def time_of_epoch(text: str) -> str:
    """Return seconds since 1970 as ISO 8601 in UTC. Raises InputError for anything else in EPOCH."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 12 and int(text) <= _LATEST_EPOCH):
        raise InputError(
            f"found {_shown(text)}, expected seconds since 1970, such as 1795989600",
            where="environment",
            key=EPOCH,
        )
    return datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_time(text: str) -> bool:
    """Return whether `text` is a time as ISO 8601 in UTC, to the second."""
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _wrong(key: str, value: str, expected: str) -> InputError:
    return InputError(f"found {_shown(value)}, expected {expected}", where="command line", key=key)


def _shown(value: str) -> str:
    return ascii(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}...")
