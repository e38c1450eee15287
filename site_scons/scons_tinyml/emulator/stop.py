"""Reasons for the end of a run of the machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal["address", "exit", "idle", "limit", "asked"]


@dataclass(frozen=True)
class Stop:
    """Place and reason of the end of a run.

    'address': an instruction of `until` is next. 'exit': the firmware ended itself by semihosting, with
    `exit_code`. 'idle': it sleeps, and nothing can wake it. 'limit': of instructions or cycles. 'asked':
    by `stop_when`.
    """

    reason: Reason
    pc: int
    exit_code: int | None = None
