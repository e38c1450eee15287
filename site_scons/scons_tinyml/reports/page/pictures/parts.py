"""Flash and RAM of the parts of a firmware: its networks, what they share, and the code of its users."""

from __future__ import annotations

from scons_tinyml.reports.page import Picture
from scons_tinyml.reports.view import View

ORDER = 25
OF_FIRMWARE = True


def draw(view: View) -> Picture | None:
    """Return the table of the parts, None for a single network."""
    if view.report is not None:
        return None
    table = view.sections[0].table
    return Picture(
        "Parts",
        f"The image has {len(table.rows)} parts. A report of its own says more about each network.",
        table=table,
        caption="Flash and RAM by part",
        is_open=True,
    )
