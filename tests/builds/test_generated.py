"""Generated kernels in whole builds: found, proven, measured and chosen without a word of the user."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.networks import SMALL, SMALL_KERNELS, small_int8
from support.project import Project
from support.tflite_builder import to_tflite


def kernels_of(project: Project) -> dict[str, str]:
    """Operators of the layers with their kernels."""
    layers = project.report("stm32l4", "small")["layers"]
    return {layer["operator"]: layer["kernel"] for layer in layers if layer["kernel"]}


@pytest.fixture
def generating(tmp_path: Path, shared_cache: Path) -> Project:
    """A clone with the small network, its kernels, and all generators."""
    project = Project.clone(tmp_path / "clone", cache=shared_cache)
    project.take_kernels(*SMALL_KERNELS, "generated")
    (project.folder / "small.tflite").write_bytes(to_tflite(small_int8()))
    return project


def test_they_are_chosen_where_they_win_and_follow_their_files(generating: Project) -> None:
    first = generating.scons(*SMALL)
    assert first.code == 0, first.errors
    assert kernels_of(generating)["FULLY_CONNECTED"] == "generated/fully_connected.row.ram"
    cycles = generating.report("stm32l4", "small")["cycles"]
    assert generating.scons(*SMALL).stages == []
    generating.edit("kernels/generated/_row.py", "_TURN = 8", "_TURN = 4")
    changed = generating.scons(*SMALL)
    assert changed.code == 0, changed.errors
    assert "measure" in changed.stages
    assert changed.made("compile") == ["kernels.o", "network.o"]
    assert generating.report("stm32l4", "small")["cycles"] != cycles
    only = generating.scons(*SMALL, "kernels=reference")
    assert only.code == 0, only.errors
    assert {name.partition("/")[0] for name in kernels_of(generating).values()} == {"reference"}


def test_a_search_finds_a_faster_schedule_that_later_builds_take(generating: Project) -> None:
    """The usual plan is the slowest here, so that there is something to find. A worker of Dask looks for it."""
    generating.edit(
        "kernels/generated/_plan.py",
        "    best = min(within, key=weighted)\n",
        "    return [max(within, key=lambda plan: plan.cycles)]\n    best = min(within, key=weighted)\n",
    )
    first = generating.scons(*SMALL)
    assert first.code == 0, first.errors
    usual = generating.report("stm32l4", "small")["cycles"]
    found = generating.scons(*SMALL, "tune=all", "workers=1")
    assert found.code == 0, found.errors
    (said,) = re.findall(r"tune: (\d+) of (\d+) schedules measured, ([\d,]+) cycles less", found.errors)
    assert said[0] == said[1] != "0"
    assert {"measure", "footprint", "plan", "link"} <= set(found.stages)
    tuned = generating.report("stm32l4", "small")["cycles"]
    assert tuned < usual
    again = generating.scons(*SMALL, "tune=all")
    assert again.stages == ["measure"], "nothing is left to measure, and the answer is the same"
    assert "tune:" not in again.errors
    later = generating.scons(*SMALL)
    assert later.stages == ["measure"], "rows decide, not the option"
    assert generating.report("stm32l4", "small")["cycles"] == tuned
    assert generating.scons(*SMALL).stages == []
    elsewhere = generating.scons(*SMALL, f"costs={generating.folder / 'other.sqlite3'}")
    assert elsewhere.code == 0, elsewhere.errors
    assert generating.report("stm32l4", "small")["cycles"] == usual
