"""Limits of memory and processor time of a process that runs native code on files from anybody."""

from __future__ import annotations

import resource
import signal
from math import ceil

from scons_tinyml.records.network_limits import SizeLimit

_UNIT_BYTES = 1024
"""Unit of ru_maxrss."""
_FULL = 0.5
"""Share of the memory limit above which a process that aborted is taken to have reached it.

Native code asks for much memory at once: it may abort long before it has used all of the limit.
"""
_OUT_OF_MEMORY = ("bad_alloc", "length_error", "Cannot allocate memory", "MemoryError", "OOM when allocating")
"""Parts of messages of native code that got no memory."""


def limit_memory(limit: SizeLimit) -> None:
    """Let this process and its children take at most `limit` of memory that is not shared.

    Native code that takes more gets none, and raises MemoryError or aborts.
    """
    _lower(resource.RLIMIT_DATA, limit.value)


def limit_time(limit: SizeLimit) -> None:
    """End this process by SIGXCPU after `limit` of processor time from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, ceil(used.ru_utime + used.ru_stime) + limit.value)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def reached(
    code: int, noise: str, peak_bytes: int, memory: SizeLimit, seconds: SizeLimit
) -> SizeLimit | None:
    """Return the limit that a process has reached, None for another end.

    `code` is its exit code, less than 0 for a signal; `noise` is its output.
    """
    if code == -signal.SIGXCPU:
        return seconds
    full = code < 0 and peak_bytes >= _FULL * memory.value
    return memory if full or (code and any(word in noise for word in _OUT_OF_MEMORY)) else None


def peak_bytes(usage: resource.struct_rusage) -> int:
    """Return the most memory that was in use, of all child processes in `usage`; 0 where that is not known.

    Linux counts the memory of this process for a child up to the moment when it runs its own program.
    """
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage.ru_maxrss * _UNIT_BYTES if usage.ru_maxrss > own else 0
