"""Schedule of actions by cycle."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

#: Cycle that no run reaches.
NEVER = (1 << 63) - 1


class Schedule:
    """Actions by cycle. Those of one cycle stay in the order in which they were added."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._added = 0

    def clear(self) -> None:
        """Discard all actions."""
        self._heap.clear()

    def add(self, cycle: int, action: Callable[[], None]) -> None:
        """Have `action` called by the first `run_due` at `cycle` or later."""
        self._added += 1
        heappush(self._heap, (cycle, self._added, action))

    @property
    def next_cycle(self) -> int:
        """Cycle of the next action, NEVER without one."""
        return self._heap[0][0] if self._heap else NEVER

    def run_due(self, now: int) -> None:
        """Call actions that are due at `now`, including those added by these calls for `now` or before."""
        while self._heap and self._heap[0][0] <= now:
            heappop(self._heap)[2]()
