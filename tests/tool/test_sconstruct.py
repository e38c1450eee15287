"""SConstruct of this repository, called without options."""

import shutil
from dataclasses import replace

import pytest

from support.project import ROOT, Project

HELP = "  scons -h lists them\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = Project.of_others(tmp_path_factory.mktemp("plain") / "project")
    shutil.copy(ROOT / "SConstruct", made.folder)
    (made.folder / "site_scons").symlink_to(ROOT / "site_scons")
    (made.folder / "kernels").symlink_to(ROOT / "kernels")
    return made


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["matrix"], "model: missing: model to build, or the path"),
        (["measure"], f"target: missing: board to build for\n{HELP}"),
        (["why"], f"target: missing: board to build for\n{HELP}"),
        (["stm32l1"], "'stm32l1' has no value; write option=value, scons -h lists them\n"),
        (
            ["-c"],
            "-c needs to know what to remove\n  scons -c target=BOARD model=MODEL; rm -r build removes all\n",
        ),
    ],
)
def test_something_is_missing(project: Project, words: list[str], message: str) -> None:
    found = project.scons(*words)
    assert found.code == 1
    assert found.errors.startswith(f"tinyml: error: command line: {message}")


@pytest.mark.parametrize("words", [[], ["-h", "matrix"]])
def test_overview(project: Project, words: list[str]) -> None:
    found = project.scons(*words)
    assert (found.code, found.errors) == (0, "")
    assert "\n  scons target=BOARD model=MODEL [option=value ...]\n" in found.output


@pytest.mark.parametrize("width", ["60", "80"])
def test_overview_as_wide_as_the_terminal(project: Project, width: str) -> None:
    narrow = replace(project, environment={**project.environment, "COLUMNS": width})
    lines = narrow.scons("-Q", "-h").output.splitlines()
    assert [line for line in lines[:-1] if len(line) > int(width) and not line.startswith("  scons ")] == []
