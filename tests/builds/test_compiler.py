"""Another compiler under the same name: all its artefacts are made again, none is reused."""

import os
import shutil
from pathlib import Path

import pytest

from support.networks import SMALL

NAME = "arm-none-eabi-gcc"


@pytest.fixture
def other_compiler(tmp_path):
    """Return `path(version)`: a PATH with a compiler that optimizes less first.

    It prints `version`, or without one that of the real compiler.
    """
    real = shutil.which(NAME)
    if real is None:
        pytest.skip("there is no compiler for the target")

    def path(version=None):
        script = tmp_path / "bin" / NAME
        script.parent.mkdir(exist_ok=True)
        answer = f'[ "$1" = --version ] && echo "{version}" && exit\n' if version else ""
        script.write_text(f'#!/bin/sh\n# {tmp_path}: of this test alone\n{answer}exec "{real}" "$@" -O1\n')
        script.chmod(0o755)
        return {"PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}"}

    return path


def made_by_compiler(project):
    """Return the contents of all objects, archives and images, by name."""
    build = project.folder / "build"
    found = (path for kind in ("*.o", "*.a", "*.unchecked") for path in build.rglob(kind))
    return {str(path.relative_to(build)): path.read_bytes() for path in found}


def names_of(objects):
    return sorted(Path(name).name for name in objects if name.endswith(".o"))


def test_everything_is_compiled_again_and_back(project, other_compiler):
    """The version is the same, and the cache is full of objects of the first compiler."""
    before, rows, published = made_by_compiler(project), project.rows(), project.published("stm32l4", "small")
    cycles = project.report("stm32l4", "small")["cycles"]
    path = other_compiler()
    found = project.scons("-j2", *SMALL, environment=path)
    assert found.code == 0, found.errors
    assert found.made("compile") == names_of(before)
    assert {"archive", "measure", "footprint", "link", "run", "report", "judge"} <= set(found.stages)
    after = made_by_compiler(project)
    kernels = [name for name in before if "/external/" in name]
    assert kernels and all(after[name] != before[name] for name in kernels)
    new = project.rows().keys() - rows.keys()
    assert sorted(project.rows()[digest][0] for digest in new) == sorted(
        kernel for kernel, _ in rows.values()
    )
    report = project.report("stm32l4", "small")
    assert report["cycles"] > 1.1 * cycles
    assert abs(report["agreement"]["ratio"] - 1) < 0.03
    assert project.scons(*SMALL, environment=path).stages == []

    script = Path(path["PATH"].partition(os.pathsep)[0]) / NAME
    status = script.stat()
    upgraded = script.read_text().replace("-O1", "-O2")
    script.write_text(upgraded)  # in place, with the same size and time
    os.utime(script, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert project.scons("-n", *SMALL, environment=path).made("compile") == names_of(before)

    back = project.scons("-j2", *SMALL)
    assert back.code == 0, back.errors
    assert back.made("compile") == []  # the cache has them, by the identity of their compiler
    assert (made_by_compiler(project), project.published("stm32l4", "small")) == (before, published)
    assert project.rows().keys() == rows.keys() | new


def test_another_version_makes_everything_stale(project, other_compiler):
    found = project.scons("-n", *SMALL, environment=other_compiler(f"{NAME} 99.1"))
    assert found.made("compile") == names_of(made_by_compiler(project))
    assert {"fit", "archive", "measure", "footprint", "link", "report"} <= set(found.stages), found.output
