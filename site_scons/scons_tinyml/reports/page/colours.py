"""Colours of what pictures tell apart, as classes of the style sheet. Words or places always say the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scons_tinyml.records.report import LayerReport, Report
from scons_tinyml.reports.page import Key

STYLES = ("c1", "c2", "c3", "c4", "c5", "c6")
NOTHING = "c0"


def by_name(names: Iterable[str]) -> Mapping[str, str]:
    """Return a class for each of `names`, the same for the same names."""
    return {name: STYLES[index % len(STYLES)] for index, name in enumerate(sorted(set(names)))}


def kernel_set(layer: LayerReport) -> str:
    """Return the set of the layer's kernel, '' where it needs none."""
    return (layer.kernel or "").partition("/")[0]


def of_kernel_sets(report: Report) -> Mapping[str, str]:
    """Return a class for each kernel set of `report`."""
    return by_name(filter(None, map(kernel_set, report.layers)))


def keys_of(styles: Mapping[str, str]) -> tuple[Key, ...]:
    """Return the legend of `styles`."""
    return tuple(Key(style, name) for name, style in styles.items())
