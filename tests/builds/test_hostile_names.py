"""A build in which every name that a project can choose has characters of shells, of SCons, of C and of compilers."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.project import Outcome, Project

NASTY = """${open('pwned1','w')} `touch pwned2` $(touch pwned3);touch pwned4 &|<>"'\\*?[]!#~%s,=x"""
"""A part of a path; no part of a path can have more than a '/' less."""
BOARD, FOLDER = f"-{NASTY}".replace(",", ""), f"@{NASTY}"  # boards= separates boards by commas
NETWORK, SOURCE = f"-{NASTY}.tflite", f"@{NASTY}.c"
RESULTS, COSTS, CACHE = f"-{NASTY}b", f"#{NASTY}c/costs.sqlite3", f"-{NASTY}d"
CHOICE = (f"target={BOARD}", f"model={FOLDER}/{NETWORK}", f"costs={COSTS}", f"cache={CACHE}")
ON_ALL = (f"boards={BOARD}", *CHOICE[1:])


@dataclass(frozen=True)
class Nasty:
    """Project after its first build, which used a kernel whose C file has such a name."""

    project: Project
    outcome: Outcome

    @property
    def results(self) -> Path:
        return self.project.folder / RESULTS / BOARD / NETWORK.removesuffix(".tflite")

    @property
    def intruders(self) -> list[str]:
        return [str(path) for path in self.project.folder.rglob("pwned*")]


@pytest.fixture(scope="module")
def nasty(new_clone, tmp_path_factory) -> Nasty:
    project = new_clone(tmp_path_factory.mktemp("nasty") / "project")
    folder = project.folder
    shutil.copy(folder / "boards" / "stm32l4.toml", folder / "boards" / f"{BOARD}.toml")
    project.edit(
        "SConstruct", 'tools=["tinyml"]', f'tools=["tinyml"], TINYML_BUILD={RESULTS.replace("$", "$$")!r}'
    )
    (folder / FOLDER).mkdir()
    shutil.copy(folder / "small.tflite", folder / FOLDER / NETWORK)
    kernels = folder / "kernels" / "reference"
    (kernels / "softmax_int8.c").rename(kernels / SOURCE)
    project.edit("kernels/reference/softmax_int8.toml", '"softmax_int8.c"', json.dumps(SOURCE))
    dry = project.scons("-n", *CHOICE)
    assert (dry.code, dry.errors) == (0, "")
    return Nasty(project, project.scons("-j2", *CHOICE))


def test_it_builds_what_plain_names_build(nasty, on_stm32l4):
    assert nasty.outcome.code == 0, nasty.outcome.errors
    assert nasty.intruders == []
    found = json.loads((nasty.results / "report.json").read_bytes())
    plain = on_stm32l4.project.report("stm32l4", "small")
    for key in ("cycles", "latency_s", "flash_bytes", "ram_bytes", "verdict"):
        assert found[key] == plain[key]
    assert sorted(path.name for path in nasty.project.folder.iterdir() if path.name[0] in "@#-") == sorted(
        [FOLDER, str(Path(COSTS).parent), RESULTS, CACHE]
    )


def test_the_kernel_with_such_a_source_is_one_of_those_measured(nasty):
    assert f"{SOURCE.removesuffix('.c')}.o" in nasty.outcome.output


def test_nothing_is_left_to_do(nasty):
    again = nasty.project.scons(*CHOICE)
    assert (again.code, again.stages) == (0, [])
    assert re.search(r"PASS: flash .* RAM .* latency", again.output)


@pytest.mark.parametrize("words", [("why", *CHOICE, "layer=4"), ("frontier", *CHOICE), ("matrix", *ON_ALL)])
def test_queries(nasty, words):
    found = nasty.project.scons(*words)
    assert found.code == 0, found.errors
    assert nasty.intruders == []


def test_cleaning_removes_the_results_alone(nasty, tmp_path):
    project = nasty.project.copy(tmp_path / "project")
    found = project.scons("-c", *CHOICE)
    assert (found.code, found.errors) == (0, "")
    assert not (project.folder / RESULTS / BOARD / NETWORK.removesuffix(".tflite")).exists()
    assert (project.folder / COSTS).is_file()
    assert (project.folder / FOLDER / NETWORK).is_file()
    assert list(project.folder.rglob("pwned*")) == []
