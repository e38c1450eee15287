from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.networks import small_int8
from support.project import Project
from support.tflite_builder import to_tflite


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CacheDir for all builds of the session: kernels are compiled once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def costs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cost database for the builds that do not test it."""
    return tmp_path_factory.mktemp("costs") / "costs.sqlite3"


@pytest.fixture
def new_project(tmp_path: Path, shared_cache: Path) -> Callable[[str], Project]:
    """Makes projects that have `small.tflite`."""

    def make(name: str = "project") -> Project:
        project = Project(tmp_path / name, shared_cache)
        (project.folder / "small.tflite").write_bytes(to_tflite(small_int8()))
        return project

    return make


@pytest.fixture
def project(new_project: Callable[[str], Project]) -> Project:
    return new_project("project")
