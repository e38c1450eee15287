"""Lists of kernels with their C files, by kernel set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scons_tinyml.records.kernel import Kernel


def needed(sets: Iterable[str], kernels: Iterable[Kernel]) -> dict[str, dict[str, list[str]]]:
    """Return names and C files of `kernels` by kernel set; each of `sets` has an entry, maybe empty."""
    found = list(kernels)
    return {name: _of_set([kernel for kernel in found if kernel.set_name == name]) for name in sorted(sets)}


def _of_set(kernels: Sequence[Kernel]) -> dict[str, list[str]]:
    return {
        "kernels": sorted({kernel.name for kernel in kernels}),
        "sources": sorted({name for kernel in kernels for name in kernel.sources}),
        "external_sources": sorted({name for kernel in kernels for name in kernel.external_sources}),
    }
