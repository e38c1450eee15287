"""Preloaded by Dask workers that a process of ours starts: Ctrl-C ends them silently, as that process reports it."""

from __future__ import annotations

from scons_tinyml.stages import interrupt


def dask_setup(_worker: object) -> None:
    """Take Ctrl-C away from asyncio; Dask calls this in the main thread of a new worker."""
    interrupt.end_silently()
