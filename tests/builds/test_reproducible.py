"""Reproducible builds: same sources, same bytes, in another folder, with -j1, out of a CacheDir."""

import re
import shutil

from support.networks import SMALL


def test_one_job_in_another_folder_gives_the_same_bytes(on_stm32l4, new_clone, tmp_path):
    """The build shares nothing with the first one: it fetches, compiles and measures again."""
    project = new_clone(tmp_path / "a folder with a much longer name")
    found = project.scons("-j1", *SMALL)
    assert found.code == 0, found.errors
    assert len(found.made("compile")) > 15
    assert project.published("stm32l4", "small") == on_stm32l4.project.published("stm32l4", "small")
    assert project.rows().keys() == on_stm32l4.project.rows().keys()


def test_no_place_of_this_machine_is_in_the_images(on_stm32l4):
    folder = on_stm32l4.project.folder
    for name, content in on_stm32l4.project.published("stm32l4", "small").items():
        assert str(folder).encode() not in content, name


def test_cache_gives_everything_back_but_what_a_verdict_reads(on_stm32l4, new_clone, tmp_path):
    first = on_stm32l4.project
    costs = shutil.copytree(first.folder / ".tinyml", tmp_path / "costs") / "costs.sqlite3"
    second = new_clone(tmp_path / "second", cache=first.cache, costs=costs)
    found = second.scons(*SMALL)
    assert found.code == 0, found.errors
    assert set(found.stages) == {
        *("graph", "fit", "measure", "footprint", "plan", "archive", "link"),
        *("sizes", "run", "compare", "report", "judge"),
    }
    retrieved = set(re.findall(r"^Retrieved `(.+)' from cache$", found.output, re.MULTILINE))
    assert "build/common/models/small/given.tflite" in retrieved
    assert "build/stm32l4/small/work/network.o" in retrieved
    assert second.published("stm32l4", "small") == first.published("stm32l4", "small")
    assert second.rows() == first.rows()
    assert not list(first.cache.rglob("*sqlite*"))
