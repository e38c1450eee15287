"""`scons -c` removes results of one model on one board only; -n and -q remove and build nothing."""

import json

import pytest

from support.networks import SMALL
from support.project import files_below

COSTS = ".tinyml/costs.sqlite3"


def files(project):
    return {name for name in files_below(project.folder) if name.startswith("build/") or name == COSTS}


def below(project, *folders):
    return {name for name in files(project) if name.startswith(tuple(f"{folder}/" for folder in folders))}


@pytest.fixture
def both(on_stm32l1, tmp_path):
    """Return a project that is built for two boards."""
    return on_stm32l1.project.copy(tmp_path / "both")


def test_the_results_of_one_board_go_and_nothing_else(both):
    (both.results("stm32l4", "small") / "why.json").write_text("{}")
    before, rows = files(both), both.rows()
    results = below(both, "build/stm32l4/small")
    assert results and below(both, "build/common", "build/stm32l4/board", ".tinyml")
    shown = both.scons("-n", "-c", *SMALL)
    assert (shown.code, files(both)) == (0, before), shown.errors
    found = both.scons("-c", *SMALL)
    assert (found.code, found.errors) == (0, "")
    assert files(both) == before - results
    assert both.rows() == rows
    again = both.scons(*SMALL)
    assert again.code == 0, again.errors
    assert not {"compile", "train", "quantize", "read"} & {
        stage for stage, target in again.built if target.startswith("build/common/")
    }


def test_the_results_of_all_boards_go_with_the_matrix(both):
    assert both.scons("matrix", "model=small.tflite", "boards=stm32l4,stm32l1").code == 0
    before = files(both)
    found = both.scons("-c", "matrix", "model=small.tflite", "boards=stm32l4,stm32l1")
    assert (found.code, found.errors) == (0, "")
    gone = ("build/stm32l4/small/", "build/stm32l1/small/", "build/matrix/")
    assert files(both) == {name for name in before if not name.startswith(gone)}


def test_a_cost_database_among_the_results_stays(both):
    costs = "build/stm32l4/small/mine.sqlite3"
    (both.folder / costs).write_bytes((both.folder / COSTS).read_bytes())
    assert both.scons("-c", *SMALL, f"costs={costs}").code == 0
    assert costs in files(both)


@pytest.mark.parametrize("option", ["-n", "-q"])
def test_nothing_is_claimed_where_nothing_is_built(project, option):
    before = files(project)
    same = project.scons(option, *SMALL)
    assert "PASS" not in same.output
    assert same.code == 0, same.errors
    other = project.scons(option, *SMALL, "flash=3KiB")
    assert other.code == (0 if option == "-n" else 1)
    assert "PASS" not in other.output
    assert files(project) == before
    assert json.loads((project.results("stm32l4", "small") / "report.json").read_text())["verdict"] == "pass"


@pytest.mark.parametrize("word", ["frontiers", "build/stm32l4/small/report.jso"])
def test_a_target_that_nothing_makes_costs_no_image(project, word):
    before = files(project)
    found = project.scons(*SMALL, word)
    assert found.code == 1
    assert files(project) == before


def test_what_the_table_prints_is_a_budget_that_is_kept(project):
    figures = dict.fromkeys(("flash", "RAM", "latency"))
    report = project.scons("-c", *SMALL) and project.scons(*SMALL)
    for line in report.output.splitlines():
        name, _, rest = line.strip().partition(" ")
        if name in figures and figures[name] is None:
            figures[name] = " ".join(rest.split()[:2])
    options = [f"{name.lower()}={text.replace(' ', '')}" for name, text in figures.items()]
    found = project.scons(*SMALL, *options)
    assert found.code == 0, (options, found.errors)
