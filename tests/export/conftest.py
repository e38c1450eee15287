from __future__ import annotations

from pathlib import Path

import pytest

from support.exports import Exported, exported
from support.networks import small_int8


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="session")
def small(folder: Path) -> Exported:
    return exported(folder, small_int8(0), "small")


@pytest.fixture(scope="session")
def other(folder: Path) -> Exported:
    return exported(folder, small_int8(1), "other")
