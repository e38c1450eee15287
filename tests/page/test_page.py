"""Parts of pages without a browser, and the files beside a report."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scons_tinyml.cli.main import main
from scons_tinyml.reports.beside import FLAME_GRAPH, NOTHING, read_beside
from scons_tinyml.reports.formats import find_format
from scons_tinyml.reports.of_report import view_of
from scons_tinyml.reports.page import PICTURES, drawn_pictures
from scons_tinyml.reports.page.lanes import MOST_LANES, lanes
from scons_tinyml.reports.page.svg import drawing, tag
from scons_tinyml.reports.page.treemap import Place, places
from scons_tinyml.stages import command
from support.pages import PATH, beside, failing, long, view, whole
from support.reports import REPORT

NAMES = [
    *("budgets", "findings", "layers", "functions", "arena", "flash", "versions"),
    *("noise", "ranges", "weights", "judged", "differing", "energy", "history"),
    *("frontier", "boards", "graph", "trust"),
]


def html(report, **changes):
    return find_format("html").render(view_of(report, PATH, **changes), 80)


def test_pictures_have_places_of_their_own():
    orders = [PICTURES.load(name).ORDER for name in PICTURES.names()]
    assert len(orders) == len(set(orders))


def test_a_page_has_all_that_its_build_knows():
    assert [name for name, _ in drawn_pictures(view(failing()))] == NAMES
    absent = {
        "versions",
        "noise",
        "ranges",
        "weights",
        "judged",
        "differing",
        "history",
        "frontier",
        "boards",
    }
    assert [name for name, _ in drawn_pictures(view_of(failing(), PATH))] == [
        name for name in NAMES if name not in absent
    ]


def test_the_history_says_what_the_last_build_changed():
    [found] = [picture for name, picture in drawn_pictures(view(whole())) if name == "history"]
    assert found.lead == "2 builds: flash went from 29.8 KiB to 29.3 KiB."
    assert [row[-1] for row in found.table.rows] == ["fail", "pass"]
    assert found.svg.count("<circle") == found.svg.count("<text")


def test_long_histories_are_cut_at_their_beginning():
    shown = view(whole())
    [found] = [
        picture
        for name, picture in drawn_pictures(replace(shown, history=shown.history * 80))
        if name == "history"
    ]
    assert found.lead.startswith("100 builds, without the 60 before: ")


def test_a_report_without_the_figures_of_pictures_has_a_page():
    """Of an older version, or made by hand."""
    assert [name for name, _ in drawn_pictures(view_of(REPORT, PATH))] == ["budgets", "layers", "trust"]


def test_the_headline_has_verdict_evidence_band_board_commit_and_date():
    text = unescape(re.sub(r"<[^>]*>", " ", html(whole()).partition("<header")[2].partition("</header>")[0]))
    words = " ".join(text.split())
    for part in (
        "cats int8 on stm32l1",
        "pass: 25.00 ms, emulator, at most 27.00 ms",
        "STM32L152RE cortex-m3 at 32 MHz",
        "commit 0123456789ab without changes, built 2026-11-29T22:00:00Z",
    ):
        assert part in words


def test_a_page_asks_for_nothing_and_has_a_policy_that_says_so():
    page = html(failing(), beside=beside(failing()))
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:,|profile/)""", page)
    assert "@import" not in page
    assert "url(" not in page
    for element in ("style", "script"):
        text = page.partition(f"<{element}>")[2].partition(f"</{element}>")[0]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{element}-src &#39;sha256-{digest}&#39;" in page


def test_the_largest_page_is_small():
    assert len(html(long()).encode()) < 300_000


def test_the_lead_of_a_picture_has_its_figures():
    leads = {name: picture.lead for name, picture in drawn_pictures(view(whole()))}
    assert leads["layers"] == (
        "Layer 0 (CONV_2D) takes 75.0 % of 800,000 cycles at 10.00 cycles a MAC. "
        "The core multiplies and adds with mla: 2.00 cycles a MAC without loads and loops."
    )
    assert leads["arena"] == (
        "8.8 KiB, 24 B above the lower bound. Layer 0 (CONV_2D) sets the peak: input of the network 784 B, "
        "output 7.5 KiB, scratch 512 B."
    )
    assert leads["boards"] == "0 of 2 boards pass."


def test_text_is_escaped_and_made_visible():
    assert tag("text", "<b>\x1b&", x=1.5, class_="'\"") == (
        '<text x="1.5" class="&#39;&#34;">&lt;b&gt;\\x1b&amp;</text>'
    )
    assert "<script" not in drawing(tag("g"), height=1, title="<script>", text="<script>", name="a")


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=40), st.floats(0.3, 4))
def test_areas_of_a_treemap_are_the_values(values, aspect):
    ordered = sorted(values, reverse=True)
    found = places(ordered, Place(0, 0, 1, 1), aspect)
    for value, place in zip(ordered, found, strict=True):
        assert place.width * place.height == pytest.approx(value / sum(ordered), rel=1e-6)
        assert -1e-9 <= place.x <= place.x + place.width <= 1 + 1e-9
        assert -1e-9 <= place.y <= place.y + place.height <= 1 + 1e-9
    for one, first in enumerate(found):
        for other in found[one + 1 :]:
            across = min(first.x + first.width, other.x + other.width) - max(first.x, other.x)
            down = min(first.y + first.height, other.y + other.height) - max(first.y, other.y)
            assert min(across, down) <= 1e-9


def test_values_too_small_to_be_seen_have_no_area():
    large, *small = places([2.0**63, 200, 1], Place(0, 0, 1, 1), 2)
    assert large == Place(0, 0, 1, 1)
    assert [place.width * place.height for place in small] == [0, 0]


def test_figures_of_nothing_are_no_division_by_it():
    report = whole(ram_bytes=0, flash_bytes=0)
    assert "RAM" in html(report, beside=beside(report))


@given(st.lists(st.lists(st.integers(-1, 12), max_size=3), max_size=14))
def test_edges_of_a_lane_do_not_overlap(inputs):
    found = lanes([(), *inputs])
    given_edges = {
        (one + 1, row) for row, reads in enumerate(inputs, 1) for one in reads if 0 <= one + 1 < row
    }
    assert {(edge.begin, edge.end) for edge in found} == given_edges
    for one, edge in enumerate(found):
        assert (edge.lane == 0) == (edge.end - edge.begin == 1)
        for other in found[one + 1 :]:
            if edge.lane == other.lane < MOST_LANES:
                assert edge.end <= other.begin or other.end <= edge.begin


def test_model_explorer_gets_cycles_by_tensor():
    drawn = json.loads(find_format("model_explorer").render(view(whole()), 80))
    long_name = REPORT.layers[2].name
    assert drawn["results"] == {
        "conv": {"value": 600_000},
        "reshape": {"value": 0},
        long_name: {"value": 200_000},
    }
    assert [item["stop"] for item in drawn["gradient"]] == [0.0, 1.0]


@pytest.fixture
def build(tmp_path):
    """Folders of a build of `whole()`."""
    folder = tmp_path / "build" / "stm32l1" / "cats"
    folder.mkdir(parents=True)
    write(folder / "report.json", whole())
    return folder


def write(path, record, **changes):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record.model_dump(mode="json", by_alias=True) | changes))


def test_files_beside_a_report_are_found(build):
    report, wanted = whole(), replace(beside(whole()), quality=None)
    assert read_beside(report, build / "report.json") == NOTHING
    write(build.parent / "cats_float" / "report.json", wanted.other)
    write(build / "frontier.json", wanted.frontier)
    write(build.parents[1] / "matrix" / "cats.json", wanted.matrix)
    (build / FLAME_GRAPH).parent.mkdir()
    (build / FLAME_GRAPH).write_text("{}")
    assert read_beside(report, build / "report.json") == wanted


@pytest.mark.parametrize("content", ["", "{}", '{"model": 1}', "[1"])
def test_damaged_files_are_passed_over(build, content):
    for path in (
        build / "frontier.json",
        build / "report-float.json",
        build.parents[1] / "matrix" / "cats.json",
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    assert read_beside(whole(), build / "report.json") == NOTHING


def test_files_of_other_networks_and_boards_are_passed_over(build):
    wanted = beside(whole())
    write(build / "frontier.json", wanted.frontier, target="stm32l4")
    write(build.parents[1] / "matrix" / "cats.json", wanted.matrix, model="dogs")
    write(build.parent / "dogs" / "report.json", wanted.other, model="dogs")
    write(build.parent / "same" / "report.json", whole())
    assert read_beside(whole(), build / "report.json") == NOTHING


def test_open_draws_the_page_again_as_files_beside_it_may_be_newer(build, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) is None)
    page = build / "report.html"
    for content in (None, "of another time"):
        if content is not None:
            page.write_text(content)
        assert command.call(main, ["report", str(build), "--open"]) == 0
        assert capsys.readouterr().out == f"page: {page}\n"
        assert page.read_text().startswith("<!doctype html>")
    assert opened == [page.as_uri()] * 2


def test_no_browser_is_said(build, monkeypatch, capsys):
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    assert command.call(main, ["report", str(build), "--open"]) == 1
    assert "no browser was found" in capsys.readouterr().err
