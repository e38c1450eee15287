"""Result of one check of `tinyml doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "missing", "broken", "absent", "unknown"]
"""'absent' is what only some builds need, and is no mistake."""


@dataclass(frozen=True)
class Check:
    """One checked thing. `remedy` says how to mend it, if builds need it."""

    name: str
    status: Status
    detail: str
    remedy: str = ""
