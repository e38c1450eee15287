"""Limit of the memory of test processes. Memory that grows in tests grows for users too."""

from __future__ import annotations

import ctypes
import gc
import os
import resource
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest

from scons_tinyml.records.units import format_bytes

_NEAR = 0.85
"""Share of the limit from which on free memory is given back: it is in the way, but nothing grows."""
_STEP = 0.02
"""Share of the limit by which it has to grow before that is done again."""
_AGAIN = 1.1
"""Factor of growth after which a process over its limit is reported again."""


class MemoryLimit:
    """Fails the test after which this process, or a process that it has waited for, takes more than `limit_bytes`."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._near_bytes = _NEAR * limit_bytes
        self._reported = {"this process": float(limit_bytes), "a child of this process": float(limit_bytes)}

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self) -> Generator[None, None, None]:
        """Check memory after the teardown of the test."""
        yield
        if resident_bytes() > self._near_bytes:
            give_back()
            self._near_bytes = max(self._near_bytes, resident_bytes() + _STEP * self._limit_bytes)
        self.check({"this process": resident_bytes(), "a child of this process": largest_child_bytes()})

    def check(self, taken: dict[str, int]) -> None:
        """Fail the test for those of `taken`, in bytes, that are over the limit and were not reported."""
        for who, size_bytes in taken.items():
            if size_bytes > self._reported[who]:
                self._reported[who] = size_bytes * _AGAIN
                pytest.fail(
                    f"{who} takes {format_bytes(size_bytes)} of memory after this test, "
                    f"over the limit of {format_bytes(self._limit_bytes)} of --max-memory",
                    pytrace=False,
                )


def give_back() -> None:
    """Return free memory of this process to the system, where the C library can do so."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def resident_bytes() -> int:
    """Return the bytes of memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def largest_child_bytes() -> int:
    """Return the most bytes of any process that this one has waited for."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
