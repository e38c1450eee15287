"""What `tinyml doctor` has looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "missing", "broken", "unknown"]


@dataclass(frozen=True)
class Check:
    """One thing that was looked for; `remedy` is what to do where a build cannot do without it."""

    name: str
    status: Status
    detail: str
    remedy: str = ""
