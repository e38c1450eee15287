"""The documentation: its links, its site, made without a warning, and pages of that in a browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.chromium import Browser
from support.project import ROOT

DOCS = ROOT / "docs"
PAGES = (*ROOT.glob("*.md"), *DOCS.glob("*.md"), *DOCS.glob("security/*.md"))
SHOTS = ROOT / "build" / "screenshots"
_LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)\s]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files(page: Path) -> None:
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 200


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, made without a warning."""
    pytest.importorskip("sphinx")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--quiet", "-d", folder / "doctrees"]
    done = subprocess.run(
        [*command, DOCS, folder / "site"],
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "site"


def test_the_site_has_all_pages_and_the_reference(site: Path) -> None:
    made = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    assert {page.stem for page in DOCS.glob("*.md")} <= made
    assert {"reference/commands", "reference/keys-model", "reference/python"} <= made


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1280, "light"), (1280, "dark")])
@pytest.mark.parametrize("name", ["index", "tutorial", "options", "reference/keys-model"])
def test_pages_in_a_browser(chromium: Browser, site: Path, name: str, width: int, theme: str) -> None:
    page = site / f"{name}.html"
    chromium.open(page, width=width, theme=theme)
    chromium.screenshot(SHOTS / f"site-{page.stem}-{width}-{theme}.png")
    assert chromium.complaints() == []
    assert [request for request in chromium.requests() if not request.startswith(("file:", "data:"))] == []
    assert chromium.evaluate("document.querySelectorAll('h1').length") == 1
    assert chromium.evaluate("document.documentElement.scrollWidth") <= width
    contrast = chromium.contrast()
    assert contrast["found"] == []
    assert contrast["seen"] > 20
