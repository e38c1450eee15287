"""Artefacts that were truncated, emptied or overwritten: the next build makes the same bytes again."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from support.effort import examples
from support.networks import SMALL
from support.project import Project, files_below

KINDS = (
    *("given.tflite", "samples.npz", "graph.json", "graph.bin", "fit.json", "measurements.json"),
    *("footprint.json", "plan.json", "run.json", "sizes.json", "report.json", "manifest.json"),
    *(".o", ".a", ".c", ".h", ".ld", ".unchecked", ".elf", ".bin", ".hex", ".map"),
)
AT_ONCE = 8


def content(project: Project) -> dict[str, bytes]:
    """Return the contents of all artefacts, by name."""
    return {
        name: (project.folder / "build" / name).read_bytes() for name in files_below(project.folder / "build")
    }


def chosen(random: Random, names: list[str]) -> set[str]:
    """Return names of files of different kinds."""
    kinds = random.sample(KINDS, AT_ONCE)
    return {random.choice([name for name in names if name.endswith(kind)]) for kind in kinds}


@pytest.mark.parametrize("seed", range(examples(3)))
def test_what_was_cut_off_is_made_again(project: Project, seed: int) -> None:
    before, random = content(project), Random(seed)
    for name in sorted(chosen(random, sorted(before))):
        os.truncate(project.folder / "build" / name, random.randrange(len(before[name])))
    found = project.scons(*SMALL)
    assert found.code == 0, found.errors
    assert content(project) == before


def test_every_kind_of_artefact_is_there(project: Project) -> None:
    names = content(project)
    assert [kind for kind in KINDS if not any(name.endswith(kind) for name in names)] == []


@pytest.mark.parametrize("keep_time", [False, True])
def test_only_what_is_damaged_is_made_again(project: Project, keep_time: bool) -> None:
    path = project.folder / "build" / "stm32l4" / "small" / "fit.json"
    before, time = path.read_bytes(), path.stat()
    path.write_bytes(b"x" * len(before) if keep_time else b"")
    if keep_time:
        os.utime(path, ns=(time.st_atime_ns, time.st_mtime_ns))
    found = project.scons(*SMALL)
    assert (found.code, found.stages) == (0, ["fit"]), found.errors
    assert path.read_bytes() == before
    assert project.scons(*SMALL).stages == []


def test_another_time_alone_changes_nothing(project: Project) -> None:
    """Times change when a project is copied, for example."""
    for name in content(project):
        os.utime(project.folder / "build" / name)
    found = project.scons(*SMALL)
    assert (found.code, found.stages) == (0, [])


@pytest.mark.parametrize("text", ["", "[]", "7", '{"board x": 5}', '{"board x": {"digest": 1}}', "{"])
def test_what_was_remembered_of_boards_may_be_anything(project: Project, text: str) -> None:
    Path(project.folder, ".tinyml", "checked.json").write_text(text)
    found = project.scons("-n", *SMALL)
    assert (found.code, found.stages) == (0, []), found.errors
