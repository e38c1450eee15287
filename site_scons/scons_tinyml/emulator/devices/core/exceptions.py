"""Exceptions of an M-profile core: pending, enabled and active ones, and the next (section B1.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

RESET, NMI, HARD_FAULT, MEM_MANAGE, BUS_FAULT, USAGE_FAULT = 1, 2, 3, 4, 5, 6
SV_CALL, DEBUG_MONITOR, PEND_SV, SYS_TICK, FIRST_INTERRUPT = 11, 12, 14, 15, 16
NAMES = {
    NMI: "NMI",
    HARD_FAULT: "HardFault",
    MEM_MANAGE: "MemManage",
    BUS_FAULT: "BusFault",
    USAGE_FAULT: "UsageFault",
    SV_CALL: "SVCall",
    DEBUG_MONITOR: "DebugMonitor",
    PEND_SV: "PendSV",
    SYS_TICK: "SysTick",
}
_FIXED_PRIORITY = {RESET: -3, NMI: -2, HARD_FAULT: -1}
_THREAD = 256  # lower than every exception
_ALWAYS_ENABLED = {NMI, HARD_FAULT, SV_CALL, PEND_SV, SYS_TICK}


@dataclass(frozen=True)
class Masks:
    """PRIMASK, FAULTMASK and BASEPRI (section B1.4.3)."""

    primask: int = 0
    faultmask: int = 0
    basepri: int = 0


class Exceptions:
    """State of all exceptions. Numbers are those of the vector table: external interrupt N is N + 16."""

    def __init__(self, interrupts: int, priority_bits: int) -> None:
        self.count = FIRST_INTERRUPT + interrupts
        self.priority_mask = 0xFF00 >> priority_bits & 0xFF
        self.when_tick_taken: Callable[[], None] = lambda: None  # SysTick is no longer pending
        self.reset()

    def reset(self) -> None:
        """Make nothing pending, enabled or active, and set all priorities to 0."""
        self.pending: set[int] = set()
        self.enabled: set[int] = set(_ALWAYS_ENABLED)
        self.active: list[int] = []  # innermost last
        self.high_lines: set[int] = set()
        self.priorities: dict[int, int] = {}
        self.priority_group = 0  # AIRCR.PRIGROUP

    def pend(self, number: int) -> None:
        """Set the exception `number` pending. One that the chip lacks is ignored: its bit does not exist."""
        if number < self.count:
            self.pending.add(number)

    def set_line(self, number: int, high: bool) -> None:
        """Set the request level of an external interrupt."""
        if not high:
            self.high_lines.discard(number)
        elif number < self.count and number not in self.high_lines:
            self.high_lines.add(number)
            self.pending.add(number)

    def begin(self, number: int) -> None:
        """Make an exception active, as its handler is entered."""
        self.clear(number)
        self.active.append(number)

    def clear(self, number: int) -> None:
        """Make an exception no longer pending."""
        self.pending.discard(number)
        if number == SYS_TICK:
            self.when_tick_taken()

    def end(self, number: int) -> None:
        """End a handler. A level that is still high makes it pending again (section B3.4.1)."""
        if number in self.active:
            self.active.remove(number)
        if number in self.high_lines:
            self.pending.add(number)

    def priority(self, number: int) -> int:
        """Return the priority of an exception. Smaller is more urgent."""
        return _FIXED_PRIORITY.get(number, self.priorities.get(number, 0))

    def set_priority(self, number: int, value: int) -> None:
        """Set a priority. Bits that the chip does not implement read as zero."""
        if number < self.count and number not in _FIXED_PRIORITY:
            self.priorities[number] = value & self.priority_mask

    def execution_priority(self, masks: Masks) -> int:
        """Return the priority that a pending exception has to beat (section B1.5.4, ExecutionPriority)."""
        current = min((self._group(self.priority(number)) for number in self.active), default=_THREAD)
        if masks.basepri:
            current = min(current, self._group(masks.basepri & self.priority_mask))
        if masks.primask:
            current = min(current, 0)
        if masks.faultmask:
            current = min(current, -1)
        return current

    def next(self, masks: Masks) -> int | None:
        """Return the exception to take now, or None.

        It is the most urgent one, and of equal ones that with the lowest number.
        """
        ready = self.pending & self.enabled
        if not ready:
            return None
        first = min(ready, key=lambda number: (self.priority(number), number))
        return first if self._group(self.priority(first)) < self.execution_priority(masks) else None

    def wakes(self, masks: Masks) -> bool:
        """Return whether a WFI ends now. PRIMASK does not prevent that (section B1.5.19)."""
        return self.next(Masks(0, masks.faultmask, masks.basepri)) is not None

    def _group(self, priority: int) -> int:
        return priority if priority < 0 else priority & ~((2 << self.priority_group) - 1)
