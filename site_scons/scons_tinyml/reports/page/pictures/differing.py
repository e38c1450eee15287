"""Samples of the test split that the float and the quantized network judge differently."""

from __future__ import annotations

from scons_tinyml.reports.cells import Column, Table
from scons_tinyml.reports.page import Picture
from scons_tinyml.reports.page.pictures.judged import judged_of
from scons_tinyml.reports.view import View

ORDER = 65
COLUMNS = (
    *(Column("sample", "count", spec="d"), Column("label"), Column("float"), Column("quantized")),
    Column("largest difference", "number", spec=".4g"),
)


def draw(view: View) -> Picture | None:
    """Return these samples, None where only one version was evaluated."""
    judged = judged_of(view)
    if judged is None or (judged.differing_samples is None and not judged.differing):
        return None
    rows = tuple(
        (one.sample, one.label, one.judged.get("float"), one.judged.get("quantized"), one.difference)
        for one in judged.differing
    )
    count = judged.differing_samples
    worse = sum(one.judged.get("float") == one.label for one in judged.differing)
    lead = f"The {len(rows)} of {judged.samples:,} test samples on which the versions are furthest apart."
    if count is not None:
        lead = f"{count:,} of {judged.samples:,} test samples are judged differently by the two versions."
        if count == len(rows):
            better = sum(one.judged.get("quantized") == one.label for one in judged.differing)
            lead += f" The float network is right on {worse} of them, the quantized one on {better}."
    return Picture(
        "Judged differently",
        lead,
        table=Table(COLUMNS, rows) if rows else None,
        caption="Samples by their place in the test split, from 0",
        is_open=len(rows) <= 20,
    )
