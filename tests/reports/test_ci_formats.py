"""Formats for CI servers, read again by libraries that know them, also with names that are markup in them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Failure, JUnitXml
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from scons_tinyml.records.toml_file import line_of
from scons_tinyml.reports.formats import find_format
from scons_tinyml.reports.github import add_to_summary, annotation
from scons_tinyml.reports.markdown import code, prose
from scons_tinyml.reports.of_report import view_of
from scons_tinyml.reports.places import with_places
from scons_tinyml.reports.view import Place
from scons_tinyml.stages.gate.checks import check
from support.project import ROOT
from support.reports import LAYERS, limited, report_with

PATH = Path("build/stm32l1/cats/report.json")
SOURCE = "models/cats/model.toml: budgets"
TOML = """\
[budgets]
flash = "20 KiB"
ram = \"\"\"
12 KiB\"\"\"
metrics = { f1 = 0.9 }


[budgets.boards.stm32l1]
latency = "1 ms"
"""
HOSTILE = "a|b`c`<script>]](x) @everyone http://x www.y --> %0A::error::\x1b[2J\ud800\ufffe"
NAMES = st.text(st.sampled_from("|`<>-@ab \\\n%&:\"'\x00\ufffe"), max_size=12)


def failing(**changes):
    report = limited("flash", 20_000, **changes)
    limits = {
        **report.limits,
        "flash": report.limits["flash"].model_copy(update={"source": SOURCE}),
        "latency": limited("latency", 0.026).limits["latency"],
    }
    report = report.model_copy(update={"limits": limits})
    return report.model_copy(update={"findings": check(report), "verdict": "fail"})


def drawn(name, report, root=Path("nowhere")):
    return find_format(name).render(with_places(view_of(report, PATH), root), 80)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "models/cats").mkdir(parents=True)
    (tmp_path / "models/cats/model.toml").write_text(TOML)
    (tmp_path / "SConstruct").write_text(
        'env = Environment()\nenv["TINYML_RAM"] = "9KiB"\nenv.TinymlFirmware(flash="9KiB")\n'
    )
    return tmp_path


def test_junit_has_a_case_for_each_limit(project):
    [suite] = JUnitXml.fromstring(drawn("junit", failing(), project).encode())
    cases = {case.name: case for case in suite}
    assert set(cases) == {"flash", "RAM", "latency"}
    assert (suite.tests, suite.failures, suite.errors) == (3, 2, 0)
    assert {name: [type(one) for one in case.result] for name, case in cases.items()} == {
        "flash": [Failure],
        "RAM": [],
        "latency": [Failure],
    }
    flash = cases["flash"]
    assert (flash.classname, flash._elem.get("file"), flash._elem.get("line")) == (
        *("stm32l1.cats", "models/cats/model.toml", "2"),
    )
    assert flash.result[0].message == failing().findings[0].message
    assert f"set by {SOURCE}" in flash.result[0].text
    assert cases["RAM"].system_out == f"used 9.8 KiB, limit 12.0 KiB, set by {SOURCE}"


def test_sarif_points_at_the_line_and_the_layer(project):
    text = drawn("sarif", failing(), project)
    Sarif.model_validate_json(text)
    with pytest.raises(ValueError, match="ruleNumber"):  # the model is strict
        Sarif.model_validate_json(text.replace("ruleIndex", "ruleNumber"))
    [run] = json.loads(text)["runs"]
    flash, latency = run["results"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["flash", "latency"]
    assert (flash["level"], flash["ruleIndex"], latency["ruleIndex"]) == ("error", 0, 1)
    [place] = flash["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "models/cats/model.toml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 2},
    }
    [of_latency] = latency["locations"]
    assert of_latency["physicalLocation"] == {
        "artifactLocation": {"uri": "build/stm32l1/cats/report.json", "uriBaseId": "%SRCROOT%"}
    }
    assert of_latency["logicalLocations"][0] == {
        "name": "layer 0 (CONV_2D)",
        "fullyQualifiedName": "cats/layer 0 (CONV_2D)",
        "kind": "layer",
    }
    assert flash["partialFingerprints"] != latency["partialFingerprints"]


def test_a_summary_is_found_again_and_short():
    many = [LAYERS[0].model_copy(update={"name": f"conv_{n}", "cycles": n + 1}) for n in range(500)]
    text = drawn("summary", failing(layers=[one.model_dump() for one in many]))
    assert text.startswith("<!-- scons-tinyml: stm32l1/cats -->\n")
    assert len(text) < 10_000
    assert "<summary>12 of 500 layers</summary>" in text
    assert "conv\\_499" in text
    assert "conv\\_487 " not in text


def test_metrics_are_all_smaller_is_better():
    entries = {entry["name"]: entry for entry in json.loads(drawn("metrics", failing()))}
    assert entries["cats on stm32l1: flash"] == {
        "name": "cats on stm32l1: flash",
        "unit": "B",
        "value": 30_000,
        "extra": f"limit 19.5 KiB, set by {SOURCE}",
    }
    assert entries["cats on stm32l1: latency"]["value"] == 25
    assert entries["cats on stm32l1: latency"]["range"] == "24.00 ms to 27.00 ms"
    assert entries["cats on stm32l1: 1 - accuracy"]["value"] == pytest.approx(0.1)
    assert all(set(entry) <= {"name", "unit", "value", "range", "extra"} for entry in entries.values())


@pytest.mark.parametrize(
    ("source", "resource", "line"),
    [
        (SOURCE, "flash", 2),
        (SOURCE, "ram", 3),
        (SOURCE, "f1", 5),
        ("models/cats/model.toml: budgets.boards.stm32l1", "latency", 9),
        (SOURCE, "latency", None),
        ("command line", "flash", None),
        ("SConstruct: flash", "flash", 3),
        ("SConstruct: ram", "ram", 2),
        ("SConstruct: latency", "latency", None),
        ("models/other/model.toml: budgets", "flash", None),
    ],
)
def test_lines_of_limits(project, source, resource, line):
    view = view_of(failing(), PATH)
    row = replace(view.budget[0], resource=resource, source=source)
    [found] = with_places(replace(view, budget=(row,)), project).budget
    assert found.place == (Place(source.partition(": ")[0], line) if line else None)


def test_a_limit_of_a_board_is_in_its_file():
    view = view_of(failing(), PATH)
    row = replace(view.budget[0], source="capacity of stm32l1")
    [found] = with_places(replace(view, budget=(row,)), ROOT).budget
    text = (ROOT / "boards/stm32l1.toml").read_text().splitlines()
    assert found.place is not None
    assert text[found.place.line - 1] == "[[memory]]"


def test_a_line_is_not_searched_in_what_is_no_toml():
    assert line_of("a = 1\nb = ]\nc = 2\n", ("c",)) is None
    assert line_of("# a\n" * 600 + "a = 1", ("a",)) is None


@pytest.mark.parametrize("name", ["junit", "sarif", "summary", "metrics"])
def test_names_are_no_markup(name):
    report = report_with(
        model=HOSTILE.encode("utf-8", "replace").decode(),
        target="--><b>",
        layers=[LAYERS[0].model_copy(update={"name": "|x|\n\n# y"}).model_dump()],
        findings=[{"kind": "flash", "severity": "warning", "message": "<b> @all | `x` \x00\ufffe"}],
    )
    text = drawn(name, report)
    if name == "junit":
        [suite] = JUnitXml.fromstring(text.encode())
        assert "<script>" in suite.name
    elif name == "summary":
        assert text.startswith("<!-- scons-tinyml: -b-/")
        outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
        assert outside.count("-->") == outside.count("<!--")
        assert not re.search(r"(?<!\\)<(script|b)>|@\w", outside)
        tables = [line for line in text.splitlines() if line.startswith("| ")]
        columns = {len(re.findall(r"(?<!\\)\|", line)) for line in tables}
        assert columns == {7, 8}
    else:
        json.loads(text)
        if name == "sarif":
            Sarif.model_validate_json(text)


def test_annotations_point_at_the_line_and_are_one_command_each(project):
    view = with_places(view_of(failing(model="a,b::c\n::error::%0A"), PATH), project)
    flash, latency = (annotation(view, finding) for finding in view.findings)
    message = failing().findings[0].message
    title = "a%2Cb%3A%3Ac\\n%3A%3Aerror%3A%3A%250A on stm32l1%3A flash"
    assert flash.startswith(
        f"::error file=models/cats/model.toml,line=2,title={title}::{message}%0Aset by {SOURCE}%0A"
    )
    assert latency.startswith("::error title=")
    assert "\n" not in flash + latency


def test_a_summary_is_added_in_github_actions_alone(tmp_path):
    step, summary = tmp_path / "step.md", tmp_path / "summary.md"
    here = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(step)}
    add_to_summary(summary, here)  # of a firmware that failed before there was one
    summary.write_text("pass\n")
    add_to_summary(summary, {**here, "GITHUB_ACTIONS": ""})
    add_to_summary(summary, {"GITHUB_ACTIONS": "true"})
    assert step.read_text() == ""
    add_to_summary(summary, here)
    add_to_summary(summary, here)
    assert step.read_text() == "pass\n\npass\n\n"


@given(NAMES)
def test_markdown_of_a_name_is_the_name(name):
    """What stands between the ticks has no run of as many ticks, and no cell ends in it."""
    text = code(name)
    ticks = re.match("`+", text)[0]
    assert text.endswith(ticks)
    assert ticks not in re.findall("`+", text[len(ticks) : -len(ticks)])
    assert not re.search(r"(?<!\\)\||\n", text)
    assert not re.search(r"(?<!\\)[|`<>*]", prose(name).replace("<!-- -->", ""))
