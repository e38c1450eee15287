"""Exceptions of an M-profile core: which are pending, enabled and active, and which is taken next (section B1.5)."""

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
        self.when_tick_taken: Callable[[], None] = lambda: None  # SysTick is pending no more
        self.reset()

    def reset(self) -> None:
        """Nothing pending, enabled or active; all priorities 0."""
        self.pending: set[int] = set()
        self.enabled: set[int] = set(_ALWAYS_ENABLED)
        self.active: list[int] = []  # innermost last
        self.high_lines: set[int] = set()
        self.priorities: dict[int, int] = {}
        self.priority_group = 0  # AIRCR.PRIGROUP

    def pend(self, number: int) -> None:
        """Set an exception pending; a number that the chip does not have is ignored, as its bit does not exist."""
        if number < self.count:
            self.pending.add(number)

    def set_line(self, number: int, high: bool) -> None:
        """Level of an external interrupt's request."""
        if not high:
            self.high_lines.discard(number)
        elif number < self.count and number not in self.high_lines:
            self.high_lines.add(number)
            self.pending.add(number)

    def begin(self, number: int) -> None:
        """A handler is entered."""
        self.clear(number)
        self.active.append(number)

    def clear(self, number: int) -> None:
        """Make an exception pending no more."""
        self.pending.discard(number)
        if number == SYS_TICK:
            self.when_tick_taken()

    def end(self, number: int) -> None:
        """A handler returns; a level that is still high makes it pending again (section B3.4.1)."""
        if number in self.active:
            self.active.remove(number)
        if number in self.high_lines:
            self.pending.add(number)

    def priority(self, number: int) -> int:
        """Priority of an exception, smaller is more urgent."""
        return _FIXED_PRIORITY.get(number, self.priorities.get(number, 0))

    def set_priority(self, number: int, value: int) -> None:
        """Set a priority; bits that the chip does not implement read as zero."""
        if number < self.count and number not in _FIXED_PRIORITY:
            self.priorities[number] = value & self.priority_mask

    def execution_priority(self, masks: Masks) -> int:
        """Priority that a pending exception has to beat (section B1.5.4, ExecutionPriority)."""
        current = min((self._group(self.priority(number)) for number in self.active), default=_THREAD)
        if masks.basepri:
            current = min(current, self._group(masks.basepri & self.priority_mask))
        if masks.primask:
            current = min(current, 0)
        if masks.faultmask:
            current = min(current, -1)
        return current

    def next(self, masks: Masks) -> int | None:
        """The exception that is taken now: the most urgent, of equal ones that with the lowest number."""
        ready = self.pending & self.enabled
        if not ready:
            return None
        first = min(ready, key=lambda number: (self.priority(number), number))
        return first if self._group(self.priority(first)) < self.execution_priority(masks) else None

    def wakes(self, masks: Masks) -> bool:
        """Whether a WFI ends now: PRIMASK does not keep an exception from that (section B1.5.19)."""
        return self.next(Masks(0, masks.faultmask, masks.basepri)) is not None

    def _group(self, priority: int) -> int:
        return priority if priority < 0 else priority & ~((2 << self.priority_group) - 1)
