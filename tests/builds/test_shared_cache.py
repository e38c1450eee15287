"""Records in a CacheDir that others can write: what a verdict reads is made here, whatever lies in the cache."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from support.networks import SMALL, small_int8
from support.project import Project, files_below
from support.tflite_builder import to_tflite

TRUSTING = "site_scons/site_tools/tinyml/nodes/stages.py"
NO_CACHE = "    if not cached:\n        env.NoCache(made)\n"
LIMIT = "flash=1KiB"


def contents(folder: Path) -> set[bytes]:
    return {path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_that_a_verdict_reads_is_in_the_cache(on_stm32l4) -> None:
    """Objects of kernels are, as ever: they are what a cache is for."""
    project = on_stm32l4.project
    results = project.results("stm32l4", "small")
    cached = contents(project.cache)
    read = [*results.glob("*.json"), *(results / "work").glob("*.unchecked"), *(results / "work").glob("*.a")]
    read += list((project.folder / "build/common/models/small/given").iterdir())
    names = {path.name for path in read}
    assert names >= {
        *("sizes.json", "run.json", "plan.json", "measurements.json", "footprint.json", "agreement.json"),
        *("report.json", "graph.json", "graph.bin", "image.unchecked", "library.unchecked", "reference.a"),
    }
    assert {path.name for path in read if path.read_bytes() in cached} == {"kernels.json"}
    objects = (project.folder / "build/common/objects").rglob("*.o")
    assert all(path.read_bytes() in cached for path in objects)


def test_what_comes_from_the_cache_counts_as_new_whatever_its_time(
    new_clone: Callable[..., Project], tmp_path: Path
) -> None:
    """The cache keeps times, and those of two of its files may be the same."""
    cache = tmp_path / "cache"
    project = new_clone(tmp_path / "project", cache=cache)
    graph = project.folder / "build/common/models/small/given/graph.json"
    target = str(graph.relative_to(project.folder))
    graphs = []
    for seed in (1, 2, 1, 2):
        (project.folder / "small.tflite").write_bytes(to_tflite(small_int8(seed=seed)))
        for path in cache.glob("*/*"):
            os.utime(path, (1_000_000_000, 1_000_000_000))
        found = project.scons(*SMALL, target)
        assert found.code == 0, found.errors
        graphs.append(graph.read_bytes() + graph.with_suffix(".bin").read_bytes())
    assert "from cache" in found.output
    assert graphs[:2] == graphs[2:]
    assert graphs[0] != graphs[1]


def planted(cache: Path) -> int:
    """Let each record of sizes in the cache say that the image is empty; return their number."""
    count = 0
    for path in cache.glob("*/*"):
        try:
            values = json.loads(path.read_bytes())
        except ValueError:
            continue
        if isinstance(values, dict) and "region_bytes" in values:
            path.chmod(0o644)
            path.write_text(json.dumps(values | {"flash_bytes": 0, "code_bytes": 0, "weight_bytes": 0}))
            count += 1
    return count


def test_exchanged_sizes_in_the_cache_do_not_turn_a_fail_into_a_pass(
    new_clone: Callable[..., Project], tmp_path: Path
) -> None:
    """A clone that keeps sizes in the cache, as all did once, shows that the forged ones lie where a build looks."""
    shared = {"cache": tmp_path / "cache", "costs": tmp_path / "costs.sqlite3"}
    first, judged, deceived = (
        new_clone(tmp_path / name, **shared) for name in ("first", "judged", "deceived")
    )
    for project in (first, deceived):
        project.edit(TRUSTING, NO_CACHE, "")
    assert first.scons("-j2", *SMALL, LIMIT).code == 2
    assert planted(tmp_path / "cache") == 1
    found = judged.scons("-j2", *SMALL, LIMIT)
    assert found.code == 2, found.output + found.errors
    assert judged.report("stm32l4", "small")["flash_bytes"] == first.report("stm32l4", "small")["flash_bytes"]
    assert not (judged.results("stm32l4", "small") / "small.elf").exists()
    found = deceived.scons("-j2", *SMALL, LIMIT)
    assert (found.code, deceived.report("stm32l4", "small")["flash_bytes"]) == (0, 0), found.errors


def test_what_is_unpacked_for_other_kernels_is_not_taken(
    new_clone: Callable[..., Project], tmp_path: Path
) -> None:
    """Its manifest names files that are not there, so that each build unpacked the wheel anew."""
    manifest = "build/common/external/cmsis_nn/manifest.json"
    shared = {"cache": tmp_path / "cache", "costs": tmp_path / "costs.sqlite3"}
    more, fewer = (new_clone(tmp_path / name, **shared) for name in ("more", "fewer"))
    more.take("kernels")
    for project in (more, fewer):
        assert project.scons(*SMALL, manifest).code == 0
    listed = json.loads((fewer.folder / manifest).read_text())["files"]
    there = files_below((fewer.folder / manifest).parent)
    assert sorted(listed) == [name for name in there if name != "manifest.json"]
