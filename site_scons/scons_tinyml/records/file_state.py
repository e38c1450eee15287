"""State of a file as the system knows it: while it is the same, the content is, and nothing has to be read again.

Time and size alone do not say so: `cp -p`, archives and caches keep the time of a file while they replace it. Nobody
can set the time of the last change of its attributes (ctime).
"""

from __future__ import annotations

import os
import time

State = tuple[int, int, int, int]
"""Size in bytes, times of modification and of change in ns, and inode number."""

COARSE_NS = 1_000_000
"""Times that are multiples of it come from a file system with a coarse clock."""
SETTLED_NS = 100_000_000
"""Age of a change from which on a further one has another time."""
SETTLED_COARSE_NS = 3_000_000_000
"""Such an age on a file system whose clock ticks once in one or two seconds."""


def file_state(status: os.stat_result) -> State:
    """Return the state of the file with the attributes `status`."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def has_settled(*changed_ns: int) -> bool:
    """Return whether changes at the times `changed_ns` are so old that a further change has another time.

    A file that is read before may change once more within the same tick of the clock, and its state would not.
    """
    last_ns = max(changed_ns)
    age_ns = SETTLED_NS if last_ns % COARSE_NS else SETTLED_COARSE_NS
    return last_ns < time.time_ns() - age_ns
