"""Pages in Chromium: no request, no complaint, a structure that can be heard, contrast, no overflow, pictures of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scons_tinyml.reports.firmware import view_of_firmware
from scons_tinyml.reports.formats import find_format
from scons_tinyml.reports.page.explored import page as page_of_exploration
from support.explorations import explored_for, explored_point
from support.pages import PATH, failing, long, several, view, whole

FOLDER = Path(__file__).parent
SHOTS = FOLDER.parents[1] / "build" / "screenshots"
"""Folder of the screenshots, which git leaves out."""
HOSTILE = "<script>document.title='x'</script>\"'>&\u202e\n"
PAGES = {
    "passes": lambda: html(view(whole())),
    "fails": lambda: html(view(failing())),
    "hostile": lambda: html(view(failing(HOSTILE), HOSTILE)),
    "long": lambda: html(view(long())),
    "firmware": lambda: html(view_of_firmware(several(), PATH)),
    "explored": lambda: explored(),
}


def html(shown):
    return find_format("html").render(shown, 80)


def explored():
    """Return the page of four variants, one of which fails, in their order of accuracy."""
    points = [
        explored_point(f"width={number / 4}", 0.99 - number / 9, 9000 - 900 * number) for number in range(3)
    ]
    points.append(explored_point("depth=1", 0.2, 400, "fail"))
    return page_of_exploration(explored_for(whole(), points, flash=0.5), PATH.parent)


OPEN = "for (const one of document.querySelectorAll('details')) one.open = true"


@pytest.fixture(scope="module", params=PAGES)
def page(request, tmp_path_factory):
    path = tmp_path_factory.mktemp(request.param) / "report.html"
    path.write_text(PAGES[request.param](), encoding="utf-8")
    return path


def script(name):
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [360, 1280])
def test_structure(chromium, page, width):
    chromium.open(page, width=width)
    assert chromium.evaluate(script("structure.js")) == []
    assert (chromium.complaints(), chromium.requests()) == ([], [page.as_uri()])


@pytest.mark.parametrize(
    ("page", "width", "theme"),
    [
        ("firmware", 1280, "light"),
        ("passes", 360, "light"),
        ("passes", 1280, "dark"),
        ("fails", 360, "dark"),
        ("fails", 1280, "light"),
        ("explored", 360, "light"),
        ("explored", 1280, "dark"),
    ],
    indirect=["page"],
)
def test_contrast(chromium, page, width, theme):
    chromium.open(page, width=width, theme=theme)
    chromium.screenshot(SHOTS / f"{page.parent.name.rstrip('0123456789')}-{width}-{theme}.png")
    chromium.evaluate(OPEN)
    chromium.fit(width)
    contrast = chromium.contrast()
    assert contrast["found"] == []
    assert contrast["seen"] > 200


@pytest.mark.parametrize("page", ["hostile"], indirect=True)
def test_names_run_nothing(chromium, page):
    """Without our script the page says the same: it only sorts and filters."""
    told = []
    for scripts in (True, False):
        chromium.open(page, width=1280, scripts=scripts)
        document = chromium.call("DOM.getDocument", depth=-1)["root"]["nodeId"]
        told.append(chromium.call("DOM.getOuterHTML", nodeId=document)["outerHTML"].count("</td>"))
    assert told[0] == told[1] > 50
    chromium.open(page, width=1280)
    assert chromium.evaluate("[document.title, document.scripts.length]") == [
        "cats (int8) on stm32l1: fail",
        1,
    ]
    assert HOSTILE.split("&")[0] in chromium.evaluate("document.body.textContent")


@pytest.mark.parametrize("page", ["passes"], indirect=True)
def test_tables_are_sorted_and_filtered(chromium, page):
    chromium.open(page, width=1280)
    chromium.evaluate(OPEN)
    column = "[...document.querySelectorAll('#part-layers tbody tr')].map(row => row.cells[4].textContent)"
    assert chromium.evaluate(column) == ["600,000", "", "200,000"]
    press = "document.querySelectorAll('#part-layers thead button')[4].click()"
    chromium.evaluate(press)
    assert chromium.evaluate(column) == ["200,000", "600,000", ""]
    chromium.evaluate(press)
    assert chromium.evaluate(column) == ["600,000", "200,000", ""]
    head = "document.querySelectorAll('#part-layers thead th')[4].getAttribute('aria-sort')"
    assert chromium.evaluate(head) == "descending"
    rows = "[...document.querySelectorAll('#part-trust tbody tr')].filter(row => !row.hidden).length"
    before = chromium.evaluate(rows)
    fill = "const one = document.querySelector('#part-trust input'); one.value = 'COMPILER'; "
    chromium.evaluate(fill + "one.dispatchEvent(new Event('input'))")
    assert chromium.evaluate(rows) == 1 < before


@pytest.mark.parametrize("page", ["explored"], indirect=True)
def test_a_dot_of_an_exploration_leads_to_a_report(chromium, page):
    """Every pair of figures has a dot for each variant, with its name, and limits are lines."""
    chromium.open(page, width=1280)
    links = "[...document.querySelectorAll('svg a')].map(one => one.getAttribute('href'))"
    found = chromium.evaluate(links)
    assert len(found) == 6 * 4
    assert {Path(one).name for one in found} == {"report.html"}
    names = "[...document.querySelectorAll('svg a title')].map(one => one.textContent)"
    assert any("width=0.5" in name for name in chromium.evaluate(names))
    column = "[...document.querySelectorAll('#trials tbody tr')].map(row => row.cells[1].textContent)"
    before = chromium.evaluate(column)
    assert len(before) == 4
    chromium.evaluate("document.querySelectorAll('#trials thead button')[1].click()")
    assert chromium.evaluate(column) == before[::-1]
