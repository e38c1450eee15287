"""A rule that changes any cycle changes the version of its model: cycles are kept per version."""

from __future__ import annotations

import pytest

from scons_tinyml.emulator.timing import timed_cores, timing_for
from support.golden import COMMAND, FOLDER, cycles_of_core, golden, programs


@pytest.mark.parametrize("core", timed_cores())
def test_cycles_are_those_of_the_version(images, core):
    version = timing_for(core).version
    kept = golden(version)
    assert kept is not None, f"{version} has no golden cycles: write them with `{COMMAND}`"
    found = cycles_of_core(images, core)
    changes = [f"{name}: {kept.get(name)} -> {found.get(name)}" for name in kept | found]
    changes = [
        text for text, name in zip(changes, kept | found, strict=True) if kept.get(name) != found.get(name)
    ]
    assert not changes, (
        f"cycles of {version} changed: give the model a new version, then write its cycles with `{COMMAND}`:\n  "
        + "\n  ".join(changes)
    )


def test_golden_files_belong_to_a_core():
    """Old versions may stay; others are typing errors."""
    for path in FOLDER.glob("cortex-*.toml"):
        assert path.stem.rpartition("-")[0] in timed_cores(), path.name


@pytest.mark.parametrize("core", timed_cores())
def test_every_core_has_a_dozen_programs(core):
    assert sum(core in program.get("cores", [core]) for program in programs()) >= 12
