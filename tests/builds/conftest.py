from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.networks import SMALL, SMALL_KERNELS, small_int8
from support.project import ROOT, Outcome, Project, Write
from support.tflite_builder import to_tflite

HEAD = f"""\
env = Environment(tools=["tinyml"], toolpath=[{str(ROOT / "site_scons" / "site_tools")!r}], **VARIABLES)
env.CacheDir(CACHE)
Export("env")
"""


@dataclass(frozen=True)
class Built:
    """Project with the outcome of its last build."""

    project: Project
    outcome: Outcome


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a CacheDir for all builds of the session, in all processes: kernels are compiled once."""
    folder = tmp_path_factory.getbasetemp()
    return (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "cache"


@pytest.fixture(scope="session")
def new_clone() -> Callable[..., Project]:
    """Return a function that clones this repository, with `small.tflite` and its kernels."""

    def make(folder: Path, **options: object) -> Project:
        project = Project.clone(folder, **options)
        project.take_kernels(*SMALL_KERNELS)
        (folder / "small.tflite").write_bytes(to_tflite(small_int8()))
        return project

    return make


@pytest.fixture(scope="session")
def on_stm32l4(
    new_clone: Callable[..., Project], tmp_path_factory: pytest.TempPathFactory, shared_cache: Path
) -> Built:
    """Return a clone after its first build, which fills the cache. No test changes it."""
    project = new_clone(tmp_path_factory.mktemp("clone") / "first", cache=shared_cache)
    return Built(project, project.scons("-j2", *SMALL))


@pytest.fixture(scope="session")
def on_stm32l1(on_stm32l4: Built, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return the same clone after a build for a second board."""
    project = on_stm32l4.project.copy(tmp_path_factory.mktemp("boards") / "both")
    return Built(project, project.scons("-j2", "target=stm32l1", "model=small.tflite"))


@pytest.fixture(scope="session")
def on_rp2040(on_stm32l4: Built, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return the same clone after a build for Armv6-M, whose image has a boot stage."""
    project = on_stm32l4.project.copy(tmp_path_factory.mktemp("boards") / "armv6m")
    return Built(project, project.scons("-j2", "target=rp2040", "model=small.tflite"))


@pytest.fixture
def project(on_stm32l4: Built, tmp_path: Path) -> Project:
    """Return a built clone that the test may change."""
    return on_stm32l4.project.copy(tmp_path / "project")


@pytest.fixture
def write(tmp_path: Path, shared_cache: Path) -> Write:
    """Return a function that writes files of a project with `small.tflite` in the folder nets."""

    def made(sconstruct: str, variables: str = "", **scripts: str) -> Project:
        project = Project.of_others(tmp_path / "theirs")
        project.take_kernels(*SMALL_KERNELS)
        head = HEAD.replace("**VARIABLES", variables).replace("CACHE", repr(str(shared_cache)))
        (project.folder / "SConstruct").write_text(head + sconstruct)
        (project.folder / "nets").mkdir()
        (project.folder / "nets" / "small.tflite").write_bytes(to_tflite(small_int8()))
        for name, text in scripts.items():
            (project.folder / name).mkdir(exist_ok=True)
            (project.folder / name / "SConscript").write_text(text)
        return project

    return made
