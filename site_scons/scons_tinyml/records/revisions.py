"""Revisions of sources from elsewhere, as one of their headers states them: `$Revision: V.19.1.0`.

The header counts up with every change of what it declares, so its revision tells which functions a checkout has.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from scons_tinyml.records.errors import RecordError
from scons_tinyml.records.input_file import read_input
from scons_tinyml.records.input_limits import SOURCE_BYTES
from scons_tinyml.records.toml_file import Record

Revision = Annotated[str, Field(pattern=r"^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$")]
"""Numbers between dots: '12.5.1'. Numbers that are left out at the end are 0."""

_KEY = "$Revision"
_STATED = re.compile(rb"\$Revision:[ \t]{0,16}V?\.?([0-9]{1,4}(?:\.[0-9]{1,4}){0,3})(?![0-9.])")


class Revisions(Record):
    """Range of revisions."""

    since: Revision | None = Field(default=None, description="first revision")
    before: Revision | None = Field(default=None, description="first revision after the range")

    @model_validator(mode="after")
    def _has_a_revision(self) -> Self:
        """Raise ValueError for an empty range, and for one of all revisions."""
        if self.since is None and self.before is None:
            raise ValueError("needs since, before, or both")
        if self.since and self.before and _numbers(self.since) >= _numbers(self.before):
            raise ValueError(f"since {self.since} is not below before {self.before}")
        return self

    def holds(self, revision: str) -> bool:
        """Return whether `revision` is in the range."""
        numbers = _numbers(revision)
        return (self.since is None or numbers >= _numbers(self.since)) and (
            self.before is None or numbers < _numbers(self.before)
        )

    @property
    def words(self) -> str:
        """The range in words: '11.2 or later, below 20'."""
        parts = (self.since and f"{self.since} or later", self.before and f"below {self.before}")
        return ", ".join(filter(None, parts))


def read_revision(header: Path, hint: str = "") -> str:
    """Return the revision that `header` states first. Raises RecordError, with `hint`, for a header without one."""
    try:
        data = read_input(header, SOURCE_BYTES)
    except OSError as error:
        raise RecordError(f"cannot be read: {error.strerror}", where=header) from None
    found = _STATED.search(data)
    if found is None:
        digest = sha256(data).hexdigest()
        raise RecordError(
            f"states no revision, such as '$Revision: V.19.1.0'; its SHA-256 is {digest}",
            where=header,
            key=_KEY,
            hint=hint or None,
        )
    return found[1].decode()


def require_known(revision: str, known: Revisions, header: Path, hint: str) -> None:
    """Raise RecordError for a `revision` outside of `known`, which `header` states."""
    if not known.holds(revision):
        raise RecordError(
            f"{revision} is not known; expected {known.words}", where=header, key=_KEY, hint=hint
        )


def _numbers(revision: str) -> tuple[int, ...]:
    numbers = [int(number) for number in revision.split(".")]
    return (*numbers, *(0 for _ in range(4 - len(numbers))))
