"""A report as a page for a browser: one file, which asks for nothing from elsewhere."""

from __future__ import annotations

from scons_tinyml.reports.page.document import page
from scons_tinyml.reports.view import View

FILE_NAME = "report.html"
SHOWS_BESIDE = True


def render(view: View, width: int) -> str:  # noqa: ARG001 - a browser has its own width
    """Return the page of `view`."""
    return page(view)
