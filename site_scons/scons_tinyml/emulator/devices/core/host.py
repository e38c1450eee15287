"""Services of the machine for the devices of the core, beyond those for every device."""

from __future__ import annotations

from typing import Protocol


class CoreHost(Protocol):
    """Machine as the core's own devices see it."""

    def pend_exception(self, number: int) -> None:
        """Set the system exception `number` pending."""

    def is_pending(self, number: int) -> bool:
        """Return whether the exception `number` is pending."""

    def exceptions_changed(self) -> None:
        """Check for an exception to take, after a write of priorities, enables or pending bits."""

    def request_reset(self) -> None:
        """Start the core and its devices anew after this instruction (SYSRESETREQ)."""

    def enable_fpu(self, enabled: bool) -> None:
        """Switch the execution of floating-point instructions on or off (CPACR)."""
