"""What the devices of the core ask of the machine, apart from what every device may."""

from __future__ import annotations

from typing import Protocol


class CoreHost(Protocol):
    """The machine as the core's own devices see it."""

    def pend_exception(self, number: int) -> None:
        """Set a system exception pending."""

    def is_pending(self, number: int) -> bool:
        """Whether an exception is pending."""

    def exceptions_changed(self) -> None:
        """Priorities, enables or pending bits were written: look whether one has to be taken."""

    def request_reset(self) -> None:
        """SYSRESETREQ: the core and its devices start anew after this instruction."""

    def enable_fpu(self, enabled: bool) -> None:
        """CPACR: whether floating-point instructions are executed."""
