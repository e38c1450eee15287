"""Dates of measurements: days of the calendar, not before this project, and not in the future.

A date decides which of two rows with the same key is kept, so a date in the future would win for ever.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from scons_tinyml.records.errors import EnvironmentProblem

FIRST_YEAR = 2020
"""Year before which nothing can have been measured: scons-tinyml did not exist."""
LARGEST_LEAD = timedelta(days=1)
"""Largest lead of another machine's clock, time zones that were taken for UTC included."""
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\+00:00", re.ASCII)


def utc_now() -> str:
    """Return the time now as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def latest() -> str:
    """Return the latest time that a row may have. Raises EnvironmentProblem for a clock that stands before 2020."""
    now = datetime.now(UTC)
    if now.year < FIRST_YEAR:
        raise EnvironmentProblem(
            f"says {now.isoformat(timespec='seconds')}, expected {FIRST_YEAR} or later",
            where="clock of this machine",
            hint="set the clock: measurements are kept with their dates",
        )
    return (now + LARGEST_LEAD).isoformat(timespec="seconds")


def fault_of(text: str, last: str) -> str | None:
    """Return why a row cannot have been measured at `text`, None if it can; `last` is the result of `latest`.

    Both are ISO 8601 in UTC, to the second.
    """
    if not _TIME.fullmatch(text):
        return "expected a time such as 2026-01-31T12:00:00+00:00"
    if not _is_day(text[:10]):
        return "expected a day of the calendar"
    if text < f"{FIRST_YEAR}-":
        return f"expected {FIRST_YEAR} or later"
    if text > last:
        return f"expected {last} or earlier: a day ahead of now"
    return None


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
