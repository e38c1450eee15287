"""Commit and time of the user's project: in the report, and in no other signature."""

from __future__ import annotations

from support.networks import SMALL
from support.project import Project

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SAID = (f"commit={COMMIT}", "dirty=no", "built=2026-11-29T22:00:00Z")
FACTS = {"commit": COMMIT, "dirty": False, "built": "2026-11-29T22:00:00Z"}


def report(project: Project) -> dict:
    return project.report("stm32l4", "small")


def test_only_the_report_changes(project: Project) -> None:
    before = project.published("stm32l4", "small")
    assert report(project)["project"] is None
    found = project.scons(*SMALL, *SAID)
    assert (found.code, found.stages) == (0, ["report", "judge"]), found.errors
    assert found.output.count("\n  commit 0123456789ab without changes, built 2026-11-29T22:00:00Z\n") == 1
    assert report(project)["project"] == FACTS
    after = project.published("stm32l4", "small")
    assert {name for name in before if before[name] != after[name]} == {
        *("report.json", "report.txt", "report.html", "summary.md", "junit.xml")
    }


def test_the_same_words_build_nothing_and_give_the_same_report(project: Project) -> None:
    project.scons(*SMALL, *SAID)
    first = project.published("stm32l4", "small")
    again = project.scons(*SMALL, *reversed(SAID))
    assert (again.code, again.stages) == (0, []), again.output
    (project.results("stm32l4", "small") / "report.json").unlink()
    assert project.scons(*SMALL, *SAID).stages == ["report"]
    assert project.published("stm32l4", "small") == first


def test_time_of_the_environment_is_one_that_the_caller_gives(project: Project) -> None:
    found = project.scons(*SMALL, environment={"SOURCE_DATE_EPOCH": "1795989600"})
    assert (found.code, found.stages) == (0, ["report", "judge"]), found.errors
    assert report(project)["project"] == {"commit": None, "dirty": None, "built": "2026-11-29T22:00:00Z"}
    assert "\n  built 2026-11-29T22:00:00Z\n" in found.output
    found = project.scons(*SMALL, environment={"SOURCE_DATE_EPOCH": "today"})
    assert (found.code, found.stages) == (1, [])
    assert found.errors == (
        "tinyml: error: environment: SOURCE_DATE_EPOCH: found 'today', "
        "expected seconds since 1970, such as 1795989600\n"
    )
